"""The catalogue, 5xx: files, data and running. Reported by `scgc/data`, `scgc/train` and the command line.

Most have no place in a program; `span` is None then.
"""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class MissingFile(Diagnostic):
    """A file or folder that is not there. `ways` says how to get it."""

    code = "SCG501"
    title = "{what} is missing: {path}"
    help = "{ways}"

    what: str
    path: str
    ways: str


class DamagedFile(Diagnostic):
    """A file whose content is not what its format says."""

    code = "SCG502"
    title = "{path} is damaged: {problem}"
    help = "{ways}"

    path: str
    problem: str
    ways: str


class DataMismatch(Diagnostic):
    """An array whose shape or kind is not that of the input. The place is the input's declaration."""

    code = "SCG503"
    title = "the data of the input `{name}` does not fit its type"
    label = "expected {expected}, found {found}"
    help = "types are for one example: the array's first axis counts the examples."

    name: str
    expected: str
    found: str


class ValueOutOfRange(Diagnostic):
    """A class index or number in the data beyond what the input's type allows."""

    code = "SCG504"
    title = "the data of the input `{name}` holds {value}"
    label = "of type {type}: {expected}"
    help = "correct the data, or the type of the input."

    name: str
    type: str
    value: str
    expected: str


class InputWithoutData(Diagnostic):
    """An input, not optional, that the data set does not supply."""

    code = "SCG505"
    title = "the data set `{data}` has nothing for the input `{name}`"
    label = "not in the data"
    help = "it supplies {supplied}; rename the input, or make it `optional`.{nearest}"

    data: str
    name: str
    supplied: str
    nearest: str = ""


class UnboundDim(Diagnostic):
    """`data.NAME` that the data set does not know, or that nothing has bound."""

    code = "SCG506"
    title = "nothing says what `{name}` is"
    label = "known only from the data"
    help = "{advice}{nearest}"

    name: str
    advice: str
    nearest: str = ""


class DownloadFailed(Diagnostic):
    """A data set that could not be fetched."""

    code = "SCG507"
    title = "{what} could not be downloaded from {url}: {reason}"
    help = "{ways}"

    what: str
    url: str
    reason: str
    ways: str


class BadDataFunction(Diagnostic):
    """A user's `python("package.module:function")` that cannot be imported, or gives no data."""

    code = "SCG508"
    title = "`{target}` gave no data: {problem}"
    help = "it returns a torch Dataset, or arrays by the inputs' names."

    target: str
    problem: str


class TooFewExamples(Diagnostic):
    """More examples asked for than the data has."""

    code = "SCG509"
    title = "{asked} examples are asked of {data}, which has {available}"
    help = "ask for fewer, or supply more data."

    data: str
    asked: int
    available: int


class NothingToRun(Diagnostic):
    """A command that needs a block or a declaration the program does not have."""

    code = "SCG510"
    title = "this program cannot be {action}: it has no {missing}"
    help = "{advice}"

    action: str
    missing: str
    advice: str


class NotARun(Diagnostic):
    """A folder that is no run directory, or one that does not fit the program."""

    code = "SCG511"
    title = "{path} is not the result of a run: {problem}"
    help = "`scgc run FILE --out DIR` makes one."

    path: str
    problem: str


class UnknownDevice(Diagnostic):
    """A device that this machine does not have."""

    code = "SCG512"
    title = "there is no device `{device}` on this machine"
    help = "available: {available}."

    device: str
    available: str


class NotFinite(Diagnostic):
    """A loss or parameter that became infinite or not a number during training. The steps since the latest
    checkpoint are done again to find what was the first to be no finite number."""

    code = "SCG513"
    title = "{what} is no longer a finite number at step {step}"
    label = "{what}"
    help = "{source}; {checkpoint}; lower the learning rate, or look for a log or quotient of what can be 0."

    what: str
    step: int
    source: str = "where it came from is not known"
    checkpoint: str = "nothing was saved before"


class UnknownFormat(Diagnostic):
    """An output file whose ending says no known format, or one that cannot be written here."""

    code = "SCG514"
    title = "`{path}` cannot be written: {problem}"
    help = "{known}"

    path: str
    problem: str
    known: str


class UnequalLengths(Diagnostic):
    """Arrays of one data set with different numbers of examples, or with none."""

    code = "SCG515"
    title = "the {split} data of `{data}` has no common number of examples"
    label = "{lengths}"
    help = "{lengths}; the first axis of every array counts the same examples."

    data: str
    split: str
    lengths: str


class CannotBeFree(Diagnostic):
    """A node that `--free` names has neither a prior nor an observed value, or another has to be free with
    it."""

    code = "SCG518"
    title = "these nodes cannot be free: {problem}"
    label = ""
    help = "nodes that a generator draws otherwise than the inputs say: {known}."

    problem: str
    known: str
