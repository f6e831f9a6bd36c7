"""The catalogue, 0xx: text that is no program. Reported by `syntax/errors.py`."""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class UnexpectedCharacter(Diagnostic):
    """A character that begins nothing in the language, such as `$` or `;`."""

    code = "SCG001"
    title = "the character {character} means nothing here"
    label = "not part of the language"
    help = "{advice}"

    character: str
    advice: str


class UnexpectedText(Diagnostic):
    """A word or sign that cannot stand where it does."""

    code = "SCG002"
    title = "{found} cannot stand here"
    label = "expected {expected}"
    help = "{advice}"

    found: str
    expected: str
    advice: str


class Unclosed(Diagnostic):
    """A parenthesis, bracket or brace that is opened and never closed. The second place is where it opens."""

    code = "SCG003"
    title = "`{opener}` is never closed"
    label = "expected `{closer}` before this"
    help = "close it with `{closer}` where it should end."

    opener: str
    closer: str


class Unopened(Diagnostic):
    """A closing parenthesis, bracket or brace without its opening one."""

    code = "SCG004"
    title = "`{closer}` closes nothing"
    label = "no `{opener}` is open here"
    help = "remove it, or write the `{opener}` it belongs to."

    opener: str
    closer: str


class UnterminatedText(Diagnostic):
    """A text in quotes that its line does not close."""

    code = "SCG005"
    title = "this text has no closing quote"
    label = "opened here"
    help = 'close the text with `"` on the same line.'


class UnexpectedEnd(Diagnostic):
    """The file ends in the middle of a declaration."""

    code = "SCG006"
    title = "the program ends too early"
    label = "after this, expected {expected}"
    help = "{advice}"

    expected: str
    advice: str


class NestedTooDeep(Diagnostic):
    """Parentheses, brackets or operators inside one another beyond any reason."""

    code = "SCG008"
    title = "this expression is nested too deeply"
    label = "more than {limit} levels inside one another"
    help = "give parts of it names: `part = ...`."

    limit: int


class NotUtf8(Diagnostic):
    """A file that is not text in UTF-8."""

    code = "SCG009"
    title = "{path} is not UTF-8 text: byte {byte} at offset {offset}"
    help = "save the file as UTF-8, or check that it is a program at all."

    path: str
    byte: str
    offset: int


class KnownMistake(Diagnostic):
    """Something that is written otherwise in this language than in another one; the message says how."""

    code = "SCG010"
    title = "{mistake}"
    label = "not in this language"
    help = "{advice}"

    mistake: str
    advice: str


class RepeatedClause(Diagnostic):
    """A stochastic node with the same clause twice, such as two `via`.
    The second place is the first of them."""

    code = "SCG011"
    title = "`{clause}` is given twice"
    label = "already given"
    help = "a stochastic node has at most one `{clause}`; remove one of them."

    clause: str


class ArgumentOrder(Diagnostic):
    """An argument without a name after one with a name, as in `conv(x, kernel = 5, 6)`."""

    code = "SCG012"
    title = "an argument without a name follows one with a name"
    label = "give this one a name, or move it to the front"
    help = "arguments in order come first: `conv(x, 6, kernel = 5)`."


class NumberTooLarge(Diagnostic):
    """A number beyond 64 bits."""

    code = "SCG013"
    title = "this number is too large"
    label = "does not fit into 64 bits"
    help = "integers reach 9223372036854775807, other numbers about 1.8e308."


class HaltOutside(Diagnostic):
    """`halt when` ends the rounds of the loop around it; here there is none."""

    code = "SCG014"
    title = "`halt when` stands outside of a loop"
    label = "no `for` around this"
    help = "it ends the rounds of a loop: `for i in range(n) {{ ... halt when TEST }}`."


class UpdateOutside(Diagnostic):
    """`<-` gives a name its next value, in a loop or a choice. Everywhere else a name has one value."""

    code = "SCG015"
    title = "`<-` stands outside of a loop or choice"
    label = "`{name}` gets no other value here"
    help = "every name is defined once, by `NAME = EXPR`; write it, with a name that is new."

    name: str


class UnfinishedStatement(Diagnostic):
    """A statement that breaks off, so that the next one is read as a part of it. The second place is where it
    breaks off."""

    code = "SCG018"
    title = "the statement before `{name} {sign}` is not finished"
    label = "expected an expression before this"
    help = "finish it, or remove the `{last}` at its end."

    name: str
    sign: str
    last: str


class UnboundedSize(Diagnostic):
    """A `size` without the largest length that it may have."""

    code = "SCG017"
    title = "the size `{name}` has no bound"
    label = "expected `<=` and a number before this"
    help = "say how long it is at most: `size {name} <= 100`; batches are padded to their longest example."

    name: str


class MisplacedDeclaration(Diagnostic):
    """A declaration inside of a net, a loop or a choice that stands outside of it, or `return` in a loop."""

    code = "SCG016"
    title = "`{word}` stands inside of a {block}"
    label = "not part of a {block}"
    help = "{advice}"

    word: str
    block: str
    advice: str
