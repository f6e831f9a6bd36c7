"""The catalogue, 2xx: the arguments of calls. Reported by `analysis/infer.py`.

`signature` is the declaration's text; `nearest` what `base.nearest` returns.
"""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class ArgumentCount(Diagnostic):
    """More arguments than a function takes."""

    code = "SCG203"
    title = "`{function}` takes {expected}, {found} given"
    label = "too many"
    help = "its signature is {signature}."

    function: str
    expected: str
    found: int
    signature: str


class UnknownArgument(Diagnostic):
    """A named argument that a function does not have."""

    code = "SCG204"
    title = "`{function}` has no argument `{name}`"
    label = "not known"
    help = "its signature is {signature}.{nearest}"

    function: str
    name: str
    signature: str
    nearest: str = ""


class MissingArgument(Diagnostic):
    """A call that leaves out an argument without a default."""

    code = "SCG205"
    title = "`{function}` needs the argument `{name}`"
    label = "`{name}` is missing"
    help = "its signature is {signature}."

    function: str
    name: str
    signature: str


class DuplicateArgument(Diagnostic):
    """An argument given twice, by place and by name or by name twice."""

    code = "SCG206"
    title = "`{function}` is given `{name}` twice"
    label = "given again"
    help = "remove one of them."

    function: str
    name: str


class UnknownWord(Diagnostic):
    """An option that is one of a few words, given another."""

    code = "SCG214"
    title = "`{option}` of `{function}` cannot be `{found}`"
    label = "not one of its words"
    help = "choose one of {choices}.{nearest}"

    function: str
    option: str
    found: str
    choices: str
    nearest: str = ""


class BadOption(Diagnostic):
    """An option of a function or estimator that must be a number, flag or list known before running."""

    code = "SCG215"
    title = "`{option}` of `{function}` must be {expected}"
    label = "found {found}"
    help = "{advice}"

    function: str
    option: str
    expected: str
    found: str
    advice: str = "an option is known before running; values of the graph cannot stand here."


class CopyIndex(Diagnostic):
    """A net with copies called without saying which, or a net without copies called with an index."""

    code = "SCG222"
    title = "`{net}` {problem}"
    label = "called as {found}"
    help = "{advice}"

    net: str
    problem: str
    found: str
    advice: str
