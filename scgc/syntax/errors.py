"""Text to syntax tree for everyone outside of `syntax`: what cannot be parsed becomes SCG0xx diagnostics.

`syntax/parse.py` builds the tree; `unreadable` tells every mistake where a reader stops, and `verify` looks
for what the grammar alone cannot refuse. Whatever the text, nothing but a `ProgramError` comes out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import MissingFile
from scgc.diagnostics.syntax import NestedTooDeep, NotUtf8
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.brackets import scan
from scgc.syntax.parse import Builder, Start
from scgc.syntax.reading import Reader, Unreadable
from scgc.syntax.tree import Token, Tree
from scgc.syntax.verify import DEEPEST, verify_tree


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
    return Builder(source).transform(tokens_and_tree(source, start)[1])


def tokens_and_tree(source: Source, start: Start = "program") -> tuple[list[Token], Tree]:
    """The tokens of a text and the tree of rules over them. Raises ProgramError with every mistake."""
    if (deep := scan(source.text).deeper_than(DEEPEST)) is not None:
        too_deep = NestedTooDeep(span=Span(source, deep, deep + 1), limit=DEEPEST)
        raise ProgramError((too_deep,))
    reader = Reader(source.text, start)
    try:
        tree = reader.read()
    except Unreadable as stop:
        from scgc.syntax.unreadable import mistakes  # many words, which few texts need

        raise ProgramError(mistakes(source, start, reader.tokens, stop)) from None
    if found := verify_tree(source, tree):
        raise ProgramError(tuple(found))
    return reader.tokens, tree
