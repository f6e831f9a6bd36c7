"""Where a text can be read again after a mistake, so that one run tells all of them: for `syntax/errors.py`.

What is before a mistake was read, so that it may be left out: the body around the mistake is blanked from its
brace, or the file from its beginning, up to the next statement of the same body. A statement begins a line
that is indented no more than the faulty one.
"""

from __future__ import annotations

import re

from scgc.record import Record
from scgc.syntax.brackets import Brackets, scan
from scgc.syntax.expected import keywords

MOST = 4_000_000
"""Characters that are read again at most: in long files only the first mistakes are told."""


class _Start(Record):
    """A line that begins a statement: where, and how far it is indented."""

    offset: int
    indent: int


def blanked(text: str, at: int) -> str | None:
    """The text without what is spoiled by the mistake at an offset; None where nothing is left to read."""
    brackets = scan(text)
    braces = _braces(brackets, text, at)
    lost = any(brackets.closing[o] is None for o in braces)  # no telling what belongs to which body
    begin = braces[-1] + 1 if braces and not lost else 0
    closing = brackets.closing[braces[-1]] if braces and not lost else None
    end = len(text) if closing is None else closing
    starts = [s for s in _starts(text) if begin <= s.offset < end]
    indent = 0 if lost else next((s.indent for s in reversed(starts) if s.offset < at), 0)
    for start in starts:
        if start.offset > at or (start.offset == at and text[begin:at].strip()):
            inside = not lost and _braces(brackets, text, start.offset) != braces
            if start.indent <= indent and not inside:
                return _without(text, begin, start.offset)
    return None if end == len(text) else _without(text, begin, end)


def _braces(brackets: Brackets, text: str, at: int) -> list[int]:
    return [o for o in brackets.open_at(at) if text[o] == "{"]


def _starts(text: str) -> list[_Start]:
    words = "|".join(keywords())
    pattern = rf"^([ \t]*)(?=(?:{words}|return|halt)\b|[^\W\d][\w.]*[ \t]*(?:=(?!=)|~|<-))"
    return [_Start(m.end(), len(m[1])) for m in re.finditer(pattern, text, re.MULTILINE)]


def _without(text: str, begin: int, end: int) -> str:
    return text[:begin] + blank(text[begin:end]) + text[end:]


def blank(text: str) -> str:
    """Spaces in place of a text, lines kept."""
    return re.sub(r"[^\n]", " ", text)
