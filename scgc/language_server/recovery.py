"""The syntax tree of a text that is being written: statements with mistakes are left out, the rest stays.

Every place is that of the whole text.
"""

from __future__ import annotations

import re

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.brackets import scan
from scgc.syntax.errors import parse_program, tokens_and_tree
from scgc.syntax.parse import Builder
from scgc.syntax.unreadable import readable
from scgc.syntax.verify import DEEPEST


def recover(source: Source) -> tuple[ast.Program, tuple[Diagnostic, ...], set[str]]:
    """What can be parsed, what is wrong with the rest, and the words in it: they may declare something."""
    try:
        return parse_program(source), (), set()
    except ProgramError as error:
        faults = error.diagnostics
    kept = readable(source) if scan(source.text).deeper_than(DEEPEST) is None else None
    if kept is None:
        return ast.Program((), span=Span(source, 0, len(source.text))), faults, _words(source.text)
    _, tree = tokens_and_tree(source.replace(text=kept))
    lost = "".join(" " if a == b else a for a, b in zip(source.text, kept, strict=True))
    return Builder(source).transform(tree), faults, _words(lost)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", text))
