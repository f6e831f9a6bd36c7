"""What the grammar has no place for: a stop in the best words, for `syntax/errors.py`.

`stopped` says what is known around the place, `expected` what could stand there, and `mistakes` what was
probably meant.
"""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic, Label, nearest
from scgc.diagnostics.syntax import (
    HaltOutside,
    KnownMistake,
    MisplacedDeclaration,
    UnboundedSize,
    Unclosed,
    UnexpectedEnd,
    UnexpectedText,
    UnfinishedStatement,
    Unopened,
    UpdateOutside,
)
from scgc.source import Span
from scgc.syntax.brackets import CLOSER, OPENER
from scgc.syntax.expected import OUTER, in_words, keywords
from scgc.syntax.mistakes import FOREIGN, VALUE_CHOICE, habit_at
from scgc.syntax.stopped import Stopped

_UNFINISHED = {"ADD", "MULTIPLY", "POWER", "COMPARE", "AND", "OR", "NOT", "PIPE", "EQUAL", "UPDATE", "TILDE"}
"""What no statement ends with."""

_ADVICE = {
    "return": "give a name its next value with `<-` in the {block}, and return it after the {block}.",
    "net": "declare it in front of the {block}.",
    "fn": "declare it in front of the {block}.",
    "loss": "declare it at the top, after the {block}: names that the {block} defines are known there.",
    "metric": "declare it at the top, after the {block}: names that the {block} defines are known there.",
}
"""Where what cannot stand in a body belongs."""


class Unexpected(Stopped):
    """`explain` finds the best words."""

    def explain(self) -> Diagnostic:
        return (
            self._step()
            or self._foreign_word()
            or self._value_choice()
            or self._unbounded()
            or self._unfinished()
            or self._habit()
            or self._bracket()
            or self._word_as_name()
            or self._misplaced()
            or self._end()
            or self._unexpected()
        )

    def _step(self) -> Diagnostic | None:
        """A step of a loop at the top, where the grammar has none."""
        if self.token.type == "HALT" and "NAME" in self.accepted and not self.is_defined():
            return HaltOutside(span=self.span)
        if not self.begins_statement() or "TILDE" not in self.accepted:
            return None
        if self.token.type == "UPDATE":
            span = Span(self.source, self.span_of(self.before[-1]).start, self.span.end)
            return UpdateOutside(span=span, name=str(self.before[-1]))
        if self.before[-1] == "halt" and self.token == "when":
            return HaltOutside(span=self.span_of(self.before[-1]))
        return None

    def _unbounded(self) -> Diagnostic | None:
        """`size n` with the next declaration behind it."""
        is_size = [t.type for t in self.before[-2:]] == ["SIZE", "NAME"]
        if not is_size or not (self.at_end or self.token.type in OUTER | {"NET", "FN", "FOR", "IF"}):
            return None
        return UnboundedSize(span=self.span, name=str(self.before[-1]))

    def _unfinished(self) -> Diagnostic | None:
        """`a = x +` with `b = ...` on the next line, where `b` is read as the other summand."""
        if (
            self.token.type not in ("EQUAL", "TILDE", "UPDATE")
            or len(self.before) < 2
            or not self.on_new_line()
        ):
            return None
        last, name = self.before[-2:]
        if name.type != "NAME" or last.type not in _UNFINISHED:
            return None
        ends = (Label(self.span_of(last), "the statement ends here"),)
        span = self.span_of(name)
        return UnfinishedStatement(
            span=span, name=str(name), sign=str(self.token), last=str(last), others=ends
        )

    def _bracket(self) -> Diagnostic | None:
        """A bracket that is not closed, or closed twice, explains most of what is unexpected."""
        text = self.source.text
        if self.token in OPENER and (not self.open or text[self.open[-1]] != OPENER[self.token]):
            if self.open and text[self.open[-1]] in "([":
                return self._unclosed(self.open[-1])
            return Unopened(span=self.span, opener=OPENER[self.token], closer=str(self.token))
        unclosed = [o for o in self.open if self.brackets.closing[o] is None]
        if unclosed and (self.at_end or text[unclosed[-1]] in "(["):
            return self._unclosed(unclosed[-1])
        if unclosed and (self.token.type in OUTER | {"NET", "FN"} or self.in_settings()):
            return self._unclosed(unclosed[-1])
        if unclosed and self.token.type == "RETURN" and self.block() in ("loop", "choice"):
            return self._unclosed(self.open[-1])  # the brace behind it closes the net's, it seems
        return None

    def _unclosed(self, offset: int) -> Unclosed:
        opener = self.source.text[offset]
        opened = Label(Span(self.source, offset, offset + 1), "opened here")
        span = self.span_of(self.before[-1]) if self.in_settings() else self.span
        return Unclosed(span=span, opener=opener, closer=CLOSER[opener], others=(opened,))

    def _word_as_name(self) -> Diagnostic | None:
        """A word of the language that something is to be named by."""
        if self.token.type == "NAME" or "NAME" not in self.accepted or not self.is_defined():
            return None
        mistake = f"`{self.token}` is a word of the language and no name"
        return KnownMistake(span=self.span, mistake=mistake, advice="give what it defines another name.")

    def _misplaced(self) -> Diagnostic | None:
        """What stands in no body, or not in that of a loop or choice."""
        block = self.block()
        word = self.before[-1] if self.begins_statement() else self.token
        if block is None or word not in {*keywords(), "return"}:
            return None
        advice = _ADVICE.get(word, "declarations stand at the top: move it there.").format(block=block)
        return MisplacedDeclaration(span=self.span_of(word), word=str(word), block=block, advice=advice)

    def _end(self) -> Diagnostic | None:
        if not self.at_end:
            return None
        span = self.span_of(self.before[-1]) if self.before else self.span
        advice = "the last declaration is not complete."
        return UnexpectedEnd(span=span, expected=in_words(self.accepted), advice=advice)

    def _foreign_word(self) -> Diagnostic | None:
        """A word that begins a statement in another language."""
        misplaced = self.token.type in ("MINIMIZE", "ELSE") and "NAME" in self.accepted
        if self.token.type == "RETURN" or (misplaced and not self.is_defined()):
            word = self.token
        elif self.begins_statement() and self.before[-1] in FOREIGN:
            word = self.before[-1]
        else:
            return None
        if word == "return" and self.open:
            return None
        return KnownMistake(
            span=self.span_of(word), mistake=f"`{word}` begins no statement here", advice=FOREIGN[word]
        )

    def _value_choice(self) -> Diagnostic | None:
        """`a = if test ...`, where `if` is read as a name."""
        before = self.before[:-1] if self.token == "=" else self.before  # `==` is read as two signs
        if [t.type for t in before[-3:]] not in (["EQUAL", "NAME", "NAME"], ["UPDATE", "NAME", "NAME"]):
            return None
        word = before[-2]
        if word != "if":
            return None
        habit = VALUE_CHOICE
        return KnownMistake(span=self.span_of(word), mistake=habit.mistake, advice=habit.advice)

    def _habit(self) -> Diagnostic | None:
        habit = habit_at(self.stop)
        if habit is None:
            return None
        return KnownMistake(span=self.span, mistake=habit.mistake, advice=habit.advice)

    def _unexpected(self) -> Diagnostic:
        advice = "lines mean nothing to the language: the mistake may also stand just before this."
        if self.begins_statement() and "TILDE" not in self.accepted:
            advice = "what stands here is written `NAME = EXPR`."
        elif self.begins_statement() and self.token == "[":
            seen = f"`NAME ~ DIST(...) observe {self.before[-1]}[...]`"
            advice = "entries are not set one by one: `put` makes a value with some replaced, "
            advice += f"{seen} says what a node was seen to be."
        elif self.begins_statement():
            word = str(self.before[-1])
            advice = f"`{word}` begins no declaration; a statement is `NAME = EXPR` or `NAME ~ DIST(...)`."
            advice += nearest(word, keywords())
        shown = f"`{self.token}`" if len(self.token) < 40 else "this text"
        others: tuple[Label, ...] = ()
        if self.before and "\n" in self.source.text[self.end : self.span.start]:
            others = (Label(self.span_of(self.before[-1]), "after this"),)
        expected = in_words(self.accepted)
        return UnexpectedText(span=self.span, found=shown, expected=expected, advice=advice, others=others)
