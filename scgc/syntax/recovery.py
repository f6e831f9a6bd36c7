"""Where a text can be read again after a mistake: for `unreadable`, which tells all mistakes and keeps
what is left of a text that is being written.

The statement that holds the mistake is blanked up to the next one of the same body. One begins with a line at
the level of its body; where another begins that is sound, its line says so by a keyword or `NAME =`, and is
indented no more.
"""

from __future__ import annotations

import re

from scgc.record import Record
from scgc.syntax.brackets import Brackets, scan
from scgc.syntax.expected import keywords

MOST = 4_000_000
"""Characters that are read again at most: in long files only the first mistakes are told."""


_SOUND = rf"(?:{'|'.join(keywords())}|return|halt)\b|[^\W\d][\w.]*[ \t]*(?:=(?!=)|~|<-)"


class _Start(Record):
    """A line that begins a statement: where, and how far it is indented."""

    offset: int
    indent: int


class _Body(Record):
    """The part of a text that a mistake can spoil: from its brace to the closing one, or all of it where no
    telling is what belongs to which body."""

    begin: int
    end: int
    around: tuple[int, ...]
    lost: bool

    @classmethod
    def of(cls, brackets: Brackets, text: str, at: int) -> _Body:
        braces = _braces(brackets, text, at)
        closing = brackets.closing[braces[-1]] if braces else None
        if not braces or closing is None or any(brackets.closing[o] is None for o in braces):
            return cls(0, len(text), (), bool(braces))
        return cls(braces[-1] + 1, closing, tuple(braces), False)


def blanked(text: str, at: int) -> tuple[str, ...]:
    """The text without the statement in which reading stopped at an offset, and without the one before: that
    may be unfinished, so that what follows was read as a part of it. Nothing where nothing is left."""
    brackets = scan(text)
    body = _Body.of(brackets, text, at)
    begin, *before = _begins(brackets, body, text, at)
    cuts = [_without(text, begin.offset, _end(brackets, body, text, begin))]
    cuts += [_without(text, other.offset, begin.offset) for other in before]
    return tuple(cut for cut in cuts if cut != text)


def _begins(brackets: Brackets, body: _Body, text: str, at: int) -> tuple[_Start, ...]:
    """Where the statement begins, and the one before."""
    lines = [s for s in _starts(text, r"\S") if body.begin <= s.offset <= at]
    level = [s for s in lines if body.lost or brackets.open_at(s.offset) == [*body.around]]
    indent = 0 if body.lost else min((s.indent for s in level), default=0)
    found = [s for s in level if s.indent <= indent]
    return tuple(found[-2:][::-1]) or (_Start(body.begin, indent),)


def _end(brackets: Brackets, body: _Body, text: str, begin: _Start) -> int:
    """Where the next statement begins that is sound, or the body ends."""
    for start in _starts(text, _SOUND):
        inside = begin.offset < start.offset < body.end and start.indent <= begin.indent
        if inside and (body.lost or _braces(brackets, text, start.offset) == [*body.around]):
            return start.offset
    return body.end


def _braces(brackets: Brackets, text: str, at: int) -> list[int]:
    return [o for o in brackets.open_at(at) if text[o] == "{"]


def _starts(text: str, pattern: str) -> list[_Start]:
    """The lines that begin so."""
    found = re.finditer(rf"^([ \t]*)(?={pattern})", text, re.MULTILINE)
    return [_Start(m.end(), len(m[1])) for m in found]


def _without(text: str, begin: int, end: int) -> str:
    return text[:begin] + blank(text[begin:end]) + text[end:]


def blank(text: str) -> str:
    """Spaces in place of a text, lines kept."""
    return re.sub(r"[^\n]", " ", text)
