"""Text to syntax tree for everyone outside of `syntax`: what cannot be parsed becomes SCG0xx diagnostics.

`syntax/parse.py` builds the tree; `unexpected` puts lark's errors into words, and `verify` looks for what the
grammar alone cannot refuse. Whatever the text, nothing but a `ProgramError` comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lark import Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.data import MissingFile
from scgc.diagnostics.syntax import (
    NestedTooDeep,
    NotUtf8,
    UnexpectedCharacter,
    UnterminatedText,
)
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.brackets import scan
from scgc.syntax.parse import Builder, Start, parser
from scgc.syntax.recovery import MOST, blanked
from scgc.syntax.unexpected import Unexpected
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
    tree = _plainly(source, start) or tokens_and_tree(source, start)[1]
    return Builder(source).transform(tree)


def _plainly(source: Source, start: Start) -> Tree[Token] | None:
    """The tree of a text without mistakes, in less time than it takes to look for them."""
    if scan(source.text).deeper_than(DEEPEST) is not None:
        return None
    try:
        tree: Tree[Token] = parser().parse(source.text, start=start)
    except UnexpectedInput:
        return None
    return None if verify_tree(source, tree) else tree


def tokens_and_tree(source: Source, start: Start = "program") -> tuple[list[Token], Tree[Token]]:
    """The tokens of a text and lark's tree of it, both sound. Raises ProgramError with every mistake."""
    if (deep := scan(source.text).deeper_than(DEEPEST)) is not None:
        too_deep = NestedTooDeep(span=Span(source, deep, deep + 1), limit=DEEPEST)
        raise ProgramError((too_deep,))
    read = _read(source, start)
    found: list[Diagnostic] = []
    before = -1
    while isinstance(read, _Stop):
        if read.at != before:  # else the next statement is wrong where it begins
            found.append(_placed(read.fault, source))
        before = read.at
        rest = (
            blanked(read.text, read.at) if start == "program" and len(found) * len(read.text) < MOST else None
        )
        if rest is None or rest == read.text:
            raise ProgramError(tuple(found))
        read = _read(Source(source.path, rest), start)
    found += verify_tree(source, read[1])
    if found:
        raise ProgramError(tuple(found))
    return read


@dataclass(frozen=True)
class _Stop:
    """The first mistake of a text, and the offset at which reading stopped."""

    text: str
    fault: Diagnostic
    at: int


def _read(source: Source, start: Start) -> tuple[list[Token], Tree[Token]] | _Stop:
    run = parser().parse_interactive(source.text, start=start)
    tokens: list[Token] = []
    try:
        for token in run.iter_parse():
            tokens.append(token)
        tree: Tree[Token] = run.feed_eof(tokens[-1] if tokens else None)  # type: ignore[no-untyped-call]
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        return _Stop(source.text, _character(source, at), at)
    except UnexpectedToken as error:
        accepted: set[str] = run.accepts()  # type: ignore[no-untyped-call]
        unexpected = Unexpected(source, error, tokens, accepted)
        fault = unexpected.explain()
        at = min(unexpected.span.start, fault.span.start if fault.span else 0)
        return _Stop(source.text, fault, len(source.text) if unexpected.at_end else at)
    return tokens, tree


def _placed(fault: Diagnostic, source: Source) -> Diagnostic:
    """A mistake found in a text with blanked parts, in the text itself."""
    others = tuple(o.replace(span=o.span.replace(source=source)) for o in fault.others)
    return fault.replace(span=fault.span and fault.span.replace(source=source), others=others)


def _character(source: Source, offset: int) -> Diagnostic:
    character = source.text[offset]
    if character == '"':
        end = offset + len(source.text[offset:].split("\n", 1)[0].rstrip())
        return UnterminatedText(span=Span(source, offset, end))
    shown = f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
    advice = _CHARACTERS.get(character, "names are made of letters, digits and _; `#` begins a comment.")
    return UnexpectedCharacter(span=Span(source, offset, offset + 1), character=shown, advice=advice)
