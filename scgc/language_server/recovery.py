"""The syntax tree of a text that is being written: what cannot be parsed is left out, the rest stays.

A declaration begins where a line begins with a letter, as `scgc fmt` lays programs out. Of one that does not
parse the lines at fault go first, then all of it. Every place is that of the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.errors import parse_program, tokens_and_tree
from scgc.syntax.parse import Builder
from scgc.syntax.recovery import blank

LINES = 3
"""How many lines of a declaration are given up before the declaration is."""

_START = re.compile(r"^(?=[^\W\d])", re.MULTILINE)
_NAME = re.compile(r"[^\W\d]\w*")


def recover(source: Source) -> tuple[ast.Program, tuple[Diagnostic, ...], set[str]]:
    """What can be parsed, what is wrong with the rest, and the words in it: they may declare something."""
    try:
        return parse_program(source), (), set()
    except ProgramError as error:
        faults = error.diagnostics
    kept, lost = source.text, set[str]()
    for start, end in _declarations(source.text):
        part = source.text[start:end]
        mended = _mended(Source(source.path, part))
        lines = zip(part.split("\n"), mended.split("\n"), strict=True)
        lost |= {word for before, after in lines if not after.strip() for word in _NAME.findall(before)}
        kept = kept[:start] + mended + kept[end:]
    try:
        _, tree = tokens_and_tree(Source(source.path, kept))
    except ProgramError:
        return ast.Program((), span=Span(source, 0, len(source.text))), faults, lost
    return Builder(source).transform(tree), faults, lost


def _declarations(text: str) -> Iterator[tuple[int, int]]:
    starts = [m.start() for m in _START.finditer(text)]
    if not starts or starts[0] > 0:
        starts.insert(0, 0)
    return zip(starts, [*starts[1:], len(text)], strict=True)


def _faults(source: Source) -> tuple[Diagnostic, ...]:
    try:
        tokens_and_tree(source)
    except ProgramError as error:
        return error.diagnostics
    return ()


def _mended(source: Source) -> str:
    """The text without the lines that are at fault, if any are; blank where that does not help."""
    text, wrong = source.text, _faults(source)
    if not wrong:
        return text
    for _ in range(LINES):
        fewer = [_without_line(text, line) for line in _suspects(text, wrong[0])]
        left = [_faults(Source(source.path, t)) for t in fewer]
        if () in left:
            return fewer[left.index(())]
        if not fewer:
            break
        text, wrong = fewer[0], left[0]
    return blank(source.text)


def _suspects(text: str, fault: Diagnostic) -> list[int]:
    """Where the line at fault may be: at a bracket that nothing closes, where it hurts, or just before."""
    found = [p.start for p in _places(fault)]
    return [*found, *(len(text[:place].rstrip()) for place in found[-1:])]


def _places(fault: Diagnostic) -> list[Span]:
    """Where a mistake is told; the brackets that take part in front."""
    return [s for s in (*(o.span for o in fault.others), fault.span) if s is not None]


def _without_line(text: str, offset: int) -> str:
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return text[:start] + blank(text[start:end]) + text[end:]
