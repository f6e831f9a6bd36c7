"""What the grammar has no place for: a stop in the best words, for `syntax/errors.py`.

`brackets` says what is open, `expected` what could stand there, and `mistakes` what was probably meant.
"""

from __future__ import annotations

import re

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
from scgc.source import Source, Span
from scgc.syntax.brackets import CLOSER, OPENER, scan
from scgc.syntax.expected import OUTER, in_words, keywords
from scgc.syntax.mistakes import FOREIGN, VALUE_CHOICE, habit_at
from scgc.syntax.reading import END, Unreadable
from scgc.syntax.tree import Token

_BLOCKS = {"FOR": "loop", "IF": "choice", "ELSE": "choice", "NET": "net", "FN": "net"}
"""What begins a body of statements, and what that is called."""

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


class Unexpected:
    """A token that stopped a reader, with what is known around it; `explain` finds the best words."""

    def __init__(self, source: Source, stop: Unreadable, token: Token, read: list[Token]) -> None:
        self.source, self.stop, self.token, self.accepted = source, stop, token, stop.accepted
        self.before = [t for t in read if t is not self.token]
        self.at_end = self.token.type == END
        start = _end(self.before) if self.at_end else self.token.start
        self.span = Span(source, start, start if self.at_end else start + len(self.token))
        self.brackets = scan(source.text)
        self.open = self.brackets.open_at(start)

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
        if self.token.type == "HALT" and "NAME" in self.accepted and not self._is_defined():
            return HaltOutside(span=self.span)
        if not self._begins_statement() or "TILDE" not in self.accepted:
            return None
        if self.token.type == "UPDATE":
            span = Span(self.source, self._span_of(self.before[-1]).start, self.span.end)
            return UpdateOutside(span=span, name=str(self.before[-1]))
        if self.before[-1] == "halt" and self.token == "when":
            return HaltOutside(span=self._span_of(self.before[-1]))
        return None

    def _begins_statement(self) -> bool:
        """Whether the token before began a statement as a name does."""
        return (
            bool(self.before)
            and self.before[-1].type == "NAME"
            and self.accepted <= {"EQUAL", "TILDE", "UPDATE", "DOT"}
        )

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
            or not self._new_line()
        ):
            return None
        last, name = self.before[-2:]
        if name.type != "NAME" or last.type not in _UNFINISHED:
            return None
        ends = (Label(self._span_of(last), "the statement ends here"),)
        span = self._span_of(name)
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
        if unclosed and (self.token.type in OUTER | {"NET", "FN"} or self._in_settings()):
            return self._unclosed(unclosed[-1])
        if unclosed and self.token.type == "RETURN" and self._block() in ("loop", "choice"):
            return self._unclosed(self.open[-1])  # the brace behind it closes the net's, it seems
        return None

    def _in_settings(self) -> bool:
        """Whether a block's head stands where a setting could: `evaluate test {` after `train {`."""
        return bool(self.before) and self.before[-1].type in ("EVALUATE", "VARIANT") and self._new_line()

    def _new_line(self) -> bool:
        """Whether the token before begins its line."""
        start = self._span_of(self.before[-1]).start
        return self.source.text[:start].rpartition("\n")[2].strip() == ""

    def _unclosed(self, offset: int) -> Unclosed:
        opener = self.source.text[offset]
        opened = Label(Span(self.source, offset, offset + 1), "opened here")
        span = self._span_of(self.before[-1]) if self._in_settings() else self.span
        return Unclosed(span=span, opener=opener, closer=CLOSER[opener], others=(opened,))

    def _word_as_name(self) -> Diagnostic | None:
        """A word of the language that something is to be named by."""
        if self.token.type == "NAME" or "NAME" not in self.accepted or not self._is_defined():
            return None
        mistake = f"`{self.token}` is a word of the language and no name"
        return KnownMistake(span=self.span, mistake=mistake, advice="give what it defines another name.")

    def _is_defined(self) -> bool:
        """Whether the token is a word and a definition goes on behind it."""
        behind = self.source.text[self.span.end :]
        return str(self.token).isidentifier() and re.match(r"\s*(~|=(?!=))", behind) is not None

    def _misplaced(self) -> Diagnostic | None:
        """What stands in no body, or not in that of a loop or choice."""
        block = self._block()
        word = self.before[-1] if self._begins_statement() else self.token
        if block is None or word not in {*keywords(), "return"}:
            return None
        advice = _ADVICE.get(word, "declarations stand at the top: move it there.").format(block=block)
        return MisplacedDeclaration(span=self._span_of(word), word=str(word), block=block, advice=advice)

    def _block(self) -> str | None:
        """What the innermost body around the place belongs to."""
        heads: list[str] = []
        head = ""
        for token in self.before:
            if token.type == "LBRACE":
                heads.append(head)
            elif token.type == "RBRACE":
                heads.pop()
            elif token.type in _BLOCKS or token.type in OUTER:
                head = token.type
        return _BLOCKS.get(heads[-1]) if heads else None

    def _end(self) -> Diagnostic | None:
        if not self.at_end:
            return None
        span = self._span_of(self.before[-1]) if self.before else self.span
        advice = "the last declaration is not complete."
        return UnexpectedEnd(span=span, expected=in_words(self.accepted), advice=advice)

    def _foreign_word(self) -> Diagnostic | None:
        """A word that begins a statement in another language."""
        misplaced = self.token.type in ("MINIMIZE", "ELSE") and "NAME" in self.accepted
        if self.token.type == "RETURN" or (misplaced and not self._is_defined()):
            word = self.token
        elif self._begins_statement() and self.before[-1] in FOREIGN:
            word = self.before[-1]
        else:
            return None
        if word == "return" and self.open:
            return None
        return KnownMistake(
            span=self._span_of(word), mistake=f"`{word}` begins no statement here", advice=FOREIGN[word]
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
        return KnownMistake(span=self._span_of(word), mistake=habit.mistake, advice=habit.advice)

    def _habit(self) -> Diagnostic | None:
        habit = habit_at(self.stop)
        if habit is None:
            return None
        return KnownMistake(span=self.span, mistake=habit.mistake, advice=habit.advice)

    def _unexpected(self) -> Diagnostic:
        advice = "lines mean nothing to the language: the mistake may also stand just before this."
        if self._begins_statement() and "TILDE" not in self.accepted:
            advice = "what stands here is written `NAME = EXPR`."
        elif self._begins_statement() and self.token == "[":
            seen = f"`NAME ~ DIST(...) observe {self.before[-1]}[...]`"
            advice = "entries are not set one by one: `put` makes a value with some replaced, "
            advice += f"{seen} says what a node was seen to be."
        elif self._begins_statement():
            word = str(self.before[-1])
            advice = f"`{word}` begins no declaration; a statement is `NAME = EXPR` or `NAME ~ DIST(...)`."
            advice += nearest(word, keywords())
        shown = f"`{self.token}`" if len(self.token) < 40 else "this text"
        others: tuple[Label, ...] = ()
        if self.before and "\n" in self.source.text[_end(self.before) : self.span.start]:
            others = (Label(self._span_of(self.before[-1]), "after this"),)
        expected = in_words(self.accepted)
        return UnexpectedText(span=self.span, found=shown, expected=expected, advice=advice, others=others)

    def _span_of(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)


def _end(tokens: list[Token]) -> int:
    return tokens[-1].end if tokens else 0
