"""The catalogue, 2xx: types and shapes. Reported by `analysis/infer.py`.

Types and shapes arrive as text in the language's notation, without the batch.
"""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class ShapeMismatch(Diagnostic):
    """Two shapes that should agree and do not. `what` says of what, such as "the left side of `@`" or
    "argument `x` of `encode`"; the second place is where the other shape comes from."""

    code = "SCG201"
    title = "shapes do not agree: {what}"
    label = "expected {expected}, found {found}"
    help = "{advice}"

    what: str
    expected: str
    found: str
    advice: str = "types are written for one example: the batch is left out."


class KindMismatch(Diagnostic):
    """A value of another kind than needed: a `class(K)` where a `real` should be."""

    code = "SCG202"
    title = "wrong type: {what}"
    label = "expected {expected}, found {found}"
    help = "{advice}"

    what: str
    expected: str
    found: str
    advice: str = "kinds are real, int, bool, class(K) and onehot(K)."


class NotANumberPerExample(Diagnostic):
    """A loss or metric that is no single number for one example."""

    code = "SCG207"
    title = "the {kind} `{name}` is not one number per example"
    label = "found {found}"
    help = "{advice}"

    kind: str
    name: str
    found: str
    advice: str = (
        "reduce it, for example with `mean(...)` or `sum(...)`; the mean over the batch is taken by itself."
    )


class NotADim(Diagnostic):
    """Something not known before running where a dimension or another compile-time integer is needed."""

    code = "SCG208"
    title = "{what} must be an integer known before running"
    label = "{found}"
    help = "use numbers, `dim`s and `data.NAME` with + - * /."

    what: str
    found: str


class ScheduleAsDim(Diagnostic):
    """A schedule where a dimension is needed: it changes during training, a shape cannot."""

    code = "SCG209"
    title = "the schedule `{name}` cannot be used as a dim"
    label = "changes during training"
    help = "declare `dim {name} = ...` if it is a size."

    name: str


class AbsurdSize(Diagnostic):
    """A value larger than any machine's memory, most often a slip in a dim."""

    code = "SCG210"
    title = "{what} has {size} numbers"
    label = "{made}"
    help = "the limit is {limit}; check the dims it is made of."

    what: str
    made: str
    size: str
    limit: str


class UnwieldyDim(Diagnostic):
    """A dimension that is a product beyond all bounds: of more than a thousand terms where the data has yet
    to say what they are, or larger than any number that counts something."""

    code = "SCG261"
    title = "{what} is too large to work with"
    label = "a product beyond all bounds"
    help = "check the dims that it is made of, most often one is multiplied where another was meant."

    what: str


class DimOutOfRange(Diagnostic):
    """A dimension that is zero or negative, or an integer option outside of what it may be."""

    code = "SCG211"
    title = "{what} is {value}"
    label = "must be {expected}"
    help = "{advice}"

    what: str
    value: str
    expected: str = "at least 1"
    advice: str = "check the dims it is made of."


class IndexOutOfRange(Diagnostic):
    """A fixed index or slice beyond the axis, or an axis beyond the value's axes."""

    code = "SCG212"
    title = "index {index} is out of range"
    label = "{what}"
    help = "indices count from 0 to the length less one, negative ones from the end."

    index: str
    what: str


class TooManySubscripts(Diagnostic):
    """More subscripts than the value has axes."""

    code = "SCG213"
    title = "{found} for a value with {axes}"
    label = "of type {type}"
    help = "the batch is no axis of the type: `x[0]` is the first element of each example."

    found: str
    axes: str
    type: str


class UnknownType(Diagnostic):
    """A type that does not exist."""

    code = "SCG217"
    title = "there is no type named `{name}`"
    label = "not known"
    help = "types are real, int, bool, class(K) and onehot(K), with a shape such as `real[3, 4]`.{nearest}"

    name: str
    nearest: str = ""


class TypeForm(Diagnostic):
    """A type with a part too much or too little: `real(3)`, `class[4]`."""

    code = "SCG218"
    title = "`{kind}` {problem}"
    label = "not a type"
    help = "for example `{example}`."

    kind: str
    problem: str
    example: str


class NotADistribution(Diagnostic):
    """`z ~ EXPR`, `prior` or a function of distributions with something that is none."""

    code = "SCG219"
    title = "{what} must be a distribution"
    label = "found {found}"
    help = "for example `{name} ~ Categorical(logits = ...)`; `{name} = ...` defines a deterministic node."

    what: str
    found: str
    name: str = "z"


class NotAValue(Diagnostic):
    """A distribution, a list or a text where a tensor is needed."""

    code = "SCG220"
    title = "{what} must be a value"
    label = "found {found}"
    help = "{advice}"

    what: str
    found: str
    advice: str = "a distribution is drawn from with `name ~ ...`."


class NotASchedule(Diagnostic):
    """A schedule that reads something else than the clock, numbers and schedules above it."""

    code = "SCG221"
    title = "the schedule `{name}` cannot depend on {found}"
    label = "not a function of the clock"
    help = "a schedule is computed from t, step, epoch, progress, numbers and schedules above it."

    name: str
    found: str


class NoNumber(Diagnostic):
    """Arithmetic of plain numbers, or a schedule when training starts, that has no value."""

    code = "SCG223"
    title = "`{text}` has no value{when}"
    label = "{problem}"
    help = "{advice}"

    text: str
    when: str
    problem: str
    advice: str


class ObservedOutside(Diagnostic):
    """An observed value that the distribution can never draw: it would be infinitely unlikely."""

    code = "SCG260"
    title = "`{node}` observes what {family} never draws"
    label = "{found}, {family} draws {support}"
    help = "observe what the node can draw, or take a distribution that draws such values."

    node: str
    family: str
    found: str
    support: str
