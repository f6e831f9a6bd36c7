"""Text to syntax tree for everyone outside of `syntax`: what cannot be parsed becomes SCG0xx diagnostics.

`syntax/parse.py` builds the tree; here lark's errors are put into words, with the help of `brackets` (what is
open), `expected` (what could stand there) and `mistakes` (what was probably meant), and `verify` looks for
what the grammar alone cannot refuse. Whatever the text, nothing but a `ProgramError` comes out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lark import Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from scgc.diagnostics.base import Diagnostic, Label, ProgramError, nearest
from scgc.diagnostics.data import MissingFile
from scgc.diagnostics.syntax import (
    KnownMistake,
    NestedTooDeep,
    NotUtf8,
    ReservedWord,
    Unclosed,
    UnexpectedCharacter,
    UnexpectedEnd,
    UnexpectedText,
    Unopened,
    UnterminatedText,
)
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.brackets import CLOSER, OPENER, scan
from scgc.syntax.expected import in_words, keywords
from scgc.syntax.mistakes import FOREIGN, RESERVED, habit_at
from scgc.syntax.parse import Builder, Start, parser
from scgc.syntax.verify import DEEPEST, verify_tree

_CHARACTERS = {
    ";": "a statement ends where the next one begins; leave it out.",
    "!": "write `not x`, or `x != y`.",
    "&": "write `a and b`.",
    "|": "write `a or b`; a pipeline is `x |> f`.",
    "%": "there is no remainder operator.",
    "\\": "an expression goes on over lines by itself; leave it out.",
    "“": 'texts stand in straight quotes: `"text"`.',
    "”": 'texts stand in straight quotes: `"text"`.',
    "`": 'texts stand in straight quotes: `"text"`.',
    "→": "write `->`.",
    "−": "write `-`.",
    "×": "write `*`.",
}


def read_source(path: Path) -> Source:
    """The text of a file. Raises ProgramError (missing, not readable, not UTF-8)."""
    try:
        return Source(str(path), path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        byte = f"0x{error.object[error.start]:02x}"
        raise ProgramError((NotUtf8(span=None, path=str(path), byte=byte, offset=error.start),)) from None
    except OSError as error:
        reason = f"{error.strerror or 'it cannot be read'}; give the path of a .scg file."
        raise ProgramError(
            (MissingFile(span=None, what="the program", path=str(path), ways=reason),)
        ) from None


def parse_program(source: Source) -> ast.Program:
    """The syntax tree of a program. Raises ProgramError."""
    program: ast.Program = parse_text(source, "program")
    return program


def parse_value(source: Source) -> ast.Expression:
    """The tree of one expression, such as the value of `--set NAME=VALUE`. Raises ProgramError."""
    expression: ast.Expression = parse_text(source, "expression")
    return expression


def parse_text(source: Source, start: Start) -> Any:
    """The syntax tree of a text. Raises ProgramError."""
    _, tree = tokens_and_tree(source, start)
    return Builder(source).transform(tree)


def tokens_and_tree(source: Source, start: Start = "program") -> tuple[list[Token], Tree[Token]]:
    """The tokens of a text and lark's tree of it, both sound. Raises ProgramError."""
    if (deep := scan(source.text).deeper_than(DEEPEST)) is not None:
        too_deep = NestedTooDeep(span=Span(source, deep, deep + 1), limit=DEEPEST)
        raise ProgramError((too_deep,))
    run = parser().parse_interactive(source.text, start=start)
    tokens: list[Token] = []
    try:
        for token in run.iter_parse():
            tokens.append(token)
        tree: Tree[Token] = run.feed_eof(tokens[-1] if tokens else None)  # type: ignore[no-untyped-call]
    except UnexpectedCharacters as error:
        raise ProgramError((_character(source, error.pos_in_stream or 0),)) from None
    except UnexpectedToken as error:
        accepted: set[str] = run.accepts()  # type: ignore[no-untyped-call]
        raise ProgramError((_Unexpected(source, error, tokens, accepted).explain(),)) from None
    if found := verify_tree(source, tree):
        raise ProgramError(tuple(found))
    return tokens, tree


def _character(source: Source, offset: int) -> Diagnostic:
    character = source.text[offset]
    if character == '"':
        end = offset + len(source.text[offset:].split("\n", 1)[0].rstrip())
        return UnterminatedText(span=Span(source, offset, end))
    shown = f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
    advice = _CHARACTERS.get(character, "names are made of letters, digits and _; `#` begins a comment.")
    return UnexpectedCharacter(span=Span(source, offset, offset + 1), character=shown, advice=advice)


class _Unexpected:
    """One `UnexpectedToken` with what is known around it; `explain` finds the best words."""

    def __init__(self, source: Source, error: UnexpectedToken, read: list[Token], accepted: set[str]) -> None:
        self.source, self.error, self.accepted = source, error, accepted
        self.token = error.token
        self.before = [t for t in read if t is not self.token]
        self.at_end = self.token.type == "$END"
        start = _end(self.before) if self.at_end else (self.token.start_pos or 0)
        self.span = Span(source, start, start if self.at_end else start + len(self.token))
        self.brackets = scan(source.text)
        self.open = self.brackets.open_at(start)

    def explain(self) -> Diagnostic:
        return (
            self._later_word()
            or self._foreign_word()
            or self._habit()
            or self._bracket()
            or self._end()
            or self._unexpected()
        )

    def _later_word(self) -> Diagnostic | None:
        """A statement of a later version of the language."""
        if self.token == "where" and {"OBSERVE"} <= self.accepted:
            return self._reserved("where", self.span)
        after = self.source.text[self.span.start : self.span.start + 2]
        if self._begins_statement() and after == "<-":
            return self._reserved("<-", Span(self.source, self.span.start, self.span.start + 2))
        if self._begins_statement() and self.before[-1] in RESERVED:
            return self._reserved(str(self.before[-1]), self._span_of(self.before[-1]))
        return None

    def _begins_statement(self) -> bool:
        """Whether the token before began a statement as a name does."""
        return (
            bool(self.before)
            and self.before[-1].type == "NAME"
            and self.accepted <= {"EQUAL", "TILDE", "DOT"}
        )

    def _reserved(self, word: str, span: Span) -> ReservedWord:
        meaning, advice = RESERVED[word]
        return ReservedWord(span=span, word=word, meaning=meaning, advice=advice)

    def _bracket(self) -> Diagnostic | None:
        """A bracket that is not closed, or closed twice, explains most of what is unexpected."""
        text = self.source.text
        if self.token in OPENER and (not self.open or text[self.open[-1]] != OPENER[self.token]):
            if self.open and text[self.open[-1]] in "([":
                return self._unclosed(self.open[-1])
            return Unopened(span=self.span, opener=OPENER[self.token], closer=str(self.token))
        unclosed = [o for o in self.open if self.brackets.closing[o] is None]
        if unclosed and (self.at_end or text[unclosed[-1]] in "([" or self._is_outer()):
            return self._unclosed(unclosed[-1])
        return None

    def _is_outer(self) -> bool:
        """Whether the token begins a declaration that stands at the top only."""
        return f"`{self.token}`" in in_words({self.token.type}) and self.token in set(keywords()) - {
            "net",
            "fn",
        }

    def _unclosed(self, offset: int) -> Unclosed:
        opener = self.source.text[offset]
        opened = Label(Span(self.source, offset, offset + 1), "opened here")
        return Unclosed(span=self.span, opener=opener, closer=CLOSER[opener], others=(opened,))

    def _end(self) -> Diagnostic | None:
        if not self.at_end:
            return None
        span = self._span_of(self.before[-1]) if self.before else self.span
        advice = "the last declaration is not complete."
        if self.before and self.before[-1] in RESERVED and self._begins_statement():
            return self._reserved(str(self.before[-1]), span)
        return UnexpectedEnd(span=span, expected=in_words(self.accepted), advice=advice)

    def _foreign_word(self) -> Diagnostic | None:
        """A word that begins a statement in another language."""
        if self.token.type == "RETURN" and not self.open:
            word = self.token
        elif self._begins_statement() and self.before[-1] in FOREIGN:
            word = self.before[-1]
        else:
            return None
        return KnownMistake(
            span=self._span_of(word), mistake=f"`{word}` begins no statement here", advice=FOREIGN[word]
        )

    def _habit(self) -> Diagnostic | None:
        habit = habit_at(self.error)
        if habit is None:
            return None
        return KnownMistake(span=self.span, mistake=habit.mistake, advice=habit.advice)

    def _unexpected(self) -> Diagnostic:
        advice = "lines mean nothing to the language: the mistake may also stand just before this."
        if self._begins_statement():
            word = str(self.before[-1])
            advice = f"`{word}` begins no declaration; a statement is `NAME = EXPR` or `NAME ~ DIST(...)`."
            advice += nearest(word, keywords())
        shown = f"`{self.token}`" if len(self.token) < 40 else "this text"
        return UnexpectedText(span=self.span, found=shown, expected=in_words(self.accepted), advice=advice)

    def _span_of(self, token: Token) -> Span:
        start = token.start_pos or 0
        return Span(self.source, start, start + len(token))


def _end(tokens: list[Token]) -> int:
    return (tokens[-1].end_pos or 0) if tokens else 0
