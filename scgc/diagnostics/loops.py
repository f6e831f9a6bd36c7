"""The catalogue, 2xx and 3xx: loops, choices, lengths that differ between examples, messages along graphs.

Reported by `analysis/loops.py`, `choices.py`, `bodies.py`, `padding.py` and `messages.py`.
"""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class LoopChangesType(Diagnostic):
    """A carried value whose type after a round is another than before it."""

    code = "SCG230"
    title = "the loop changes the type of `{name}`"
    label = "{found} after a round"
    help = (
        "it begins as {before}, and every round gets what the one before left: both must be of one type;"
        " collect what grows under a name of its own."
    )

    name: str
    before: str
    found: str


class NotASequence(Diagnostic):
    """What a loop runs over is neither a range nor a value with axes."""

    code = "SCG231"
    title = "a loop cannot run over this"
    label = "found {found}"
    help = "{advice}"

    found: str
    advice: str


class AbsurdRounds(Diagnostic):
    """A number of rounds that is no positive number, or beyond all measure."""

    code = "SCG232"
    title = "the loop has {rounds} rounds"
    label = "must be {limit}"
    help = (
        "a range goes from its start up to its end, which is left out; both are dims, known before running."
    )

    rounds: str
    limit: str


class IndexName(Diagnostic):
    """The index of a loop has a name that something else has already."""

    code = "SCG233"
    title = "the loop's index `{name}` is the name of something else"
    label = "a name means one thing"
    help = "choose another name for the index."

    name: str


class UpdateOfNothing(Diagnostic):
    """`x <- ...` where no value `x` of this net or program stood before the loop or choice."""

    code = "SCG234"
    title = "`{name} <- ...` has nothing to update"
    label = "{found}"
    help = "give a name its first value before the loop or choice, {advice}.{nearest}"

    name: str
    found: str
    advice: str
    nearest: str = ""


class DefinedAgain(Diagnostic):
    """`x = ...` inside a loop or choice, where `x` stood before it."""

    code = "SCG235"
    title = "`{name}` has a value already"
    label = "defined a second time"
    help = "its next value is written `{name} <- ...`; something new needs a name of its own."

    name: str


class HaltCondition(Diagnostic):
    """The condition of `halt when` is no truth value of one example."""

    code = "SCG236"
    title = "`halt when` needs one truth value for each example"
    label = "found {found}"
    help = "compare something, or reduce with `any(...)` or `all(...)`."

    found: str


class HaltInChoice(Diagnostic):
    """`halt when` inside of an `if`."""

    code = "SCG237"
    title = "`halt when` stands inside of a choice"
    label = "in this `if`"
    help = "write it in the loop's own body, with the test of the `if` in its own: `halt when a and b`."


class UnknownCondition(Diagnostic):
    """The condition of an `if` depends on the data or on a draw."""

    code = "SCG238"
    title = "the condition of an `if` must be known before it runs"
    label = "not a comparison of dims and loop indices, nor `training`"
    help = "`where(condition, a, b)` chooses by what the data says, for each element."


class ChoiceOfTypes(Diagnostic):
    """The branches of a choice leave a name with different types."""

    code = "SCG239"
    title = "the two branches give `{name}` different types"
    label = "{found} here"
    help = "what follows must know one type: make both branches agree."

    name: str
    found: str


class PaddedAxis(Diagnostic):
    """An operator mixes the entries along an axis whose length differs between examples, and cannot leave out
    the padding."""

    code = "SCG240"
    title = "`{function}` cannot work along an axis whose length differs between examples"
    label = "{slot} is {type}"
    help = "{advice}"

    function: str
    slot: str
    type: str
    advice: str


class SizeNotFixed(Diagnostic):
    """A length that differs between examples where one for all is needed."""

    code = "SCG241"
    title = "{what} cannot depend on `{size}`"
    label = "`{size}` differs between examples"
    help = "{advice}"

    what: str
    size: str
    advice: str = "`dim NAME = ...` declares a length that is the same for all."


class SizeWithoutInput(Diagnostic):
    """A declared length that no input has."""

    code = "SCG242"
    title = "no input has an axis of the length `{name}`"
    label = "so no example says what it is"
    help = "give an input this axis, such as `input tokens : class(V)[{name}]`."

    name: str


class MessageNet(Diagnostic):
    """What `propagate` is asked to send cannot be a message."""

    code = "SCG243"
    title = "`{net}` cannot be the message of `propagate`"
    label = "{problem}"
    help = (
        "a message is a net of two values, `net message(dst, src : real[D]) -> real[D]`, that draws nothing."
    )

    net: str
    problem: str


class MaskMismatch(Diagnostic):
    """The mask of a stochastic node does not say yes or no to its elements."""

    code = "SCG244"
    title = "`where` of `{name}` must say of each element whether it takes part"
    label = "expected {expected}, found {found}"
    help = "a mask is a truth value, or one for each element: `where arange(V) < i`."

    name: str
    expected: str
    found: str


class HaltedRounds(Diagnostic):
    """A value of a loop's body, read from behind a loop that examples leave by `halt when`."""

    code = "SCG245"
    title = "`{name}` has rounds in which an example takes no part any more"
    label = "its loop has a `halt when`"
    help = (
        "carry what you need of it: what is updated by `total <- total + ...` or `all <- put(all, i, ...)` in"
        " the loop keeps its value when an example halts. `kl` and `nll` of a node leave later rounds out."
    )

    name: str


class ChosenValue(Diagnostic):
    """A value that was defined inside of an `if`, read from outside of it."""

    code = "SCG246"
    title = "`{name}` is not always there"
    label = "it is defined inside of an `if`"
    help = (
        "define a name before the `if` and update it inside, such as `cost <- cost + ...`. Of a node in a"
        " loop's own `if`, `kl` and `nll` count the rounds in which it is drawn."
    )

    name: str
