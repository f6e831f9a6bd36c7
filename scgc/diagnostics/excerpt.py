"""The lines of a source around marked places, a row of signs under each: the middle of a diagnostic.

Everything here is measured in columns of a terminal: a tab reaches to the next multiple of four, a wide (East
Asian) character takes two columns, a combining one none. Very long lines are cut around the mark.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

from scgc.record import Record
from scgc.source import Source, Span

TAB = 4
LONGEST = 160
BEFORE = 60
"""A line of more than `LONGEST` characters is cut to that many, `BEFORE` of them in front of the mark."""

Kind = Literal["source", "^", "-", "gap"]


class Mark(Record):
    """A place to underline with `sign`, and what stands behind the signs."""

    span: Span
    sign: Literal["^", "-"]
    text: str


class Row(Record):
    """One row of the excerpt; only rows of the source have a line number."""

    kind: Kind
    text: str
    number: int | None = None


class Part(Record):
    """What of a mark lies on one line, in characters of that line."""

    line: int
    start: int
    end: int
    sign: Literal["^", "-"]
    text: str


def excerpt(source: Source, marks: list[Mark]) -> list[Row]:
    """The marked lines of one source in order; one line between two of them is shown, more become `...`."""
    parts = [part for mark in marks for part in _parts(mark)]
    rows: list[Row] = []
    previous = None
    for line in sorted({part.line for part in parts}):
        if previous is not None and line - previous == 2:
            rows.append(Row("source", _shown(source.line(line - 1))[0], line - 1))
        elif previous is not None and line - previous > 2:
            rows.append(Row("gap", "..."))
        rows += _line(source.line(line), line, [part for part in parts if part.line == line])
        previous = line
    return rows


def _parts(mark: Mark) -> list[Part]:
    """The mark line by line: every line of a short one, the first and last of a long one; where only spaces
    are marked, its first character. The last of them says what it is."""
    source = mark.span.source
    first, start = source.position(mark.span.start)
    last, end = source.position(max(mark.span.end - 1, mark.span.start))
    if first == last:
        width = mark.span.end - mark.span.start
        return [Part(first, start - 1, start - 1 + max(width, 1), mark.sign, mark.text)]
    lines = range(first, last + 1) if last - first < 4 else (first, last)
    parts = []
    for line in lines:
        text = source.line(line)
        begin = start - 1 if line == first else len(text) - len(text.lstrip())
        stop = end if line == last else len(text.rstrip())
        if stop > begin:
            parts.append(Part(line, begin, stop, mark.sign, ""))
    ending = parts.pop() if parts else Part(first, start - 1, start, mark.sign, "")
    return [*parts, ending.replace(text=mark.text)]


def _line(text: str, number: int, parts: list[Part]) -> list[Row]:
    """A line of the source and the signs under it."""
    first, last = 0, len(text)
    if len(text) > LONGEST:
        first = max(0, min(parts[0].start - BEFORE, len(text) - LONGEST))
        last = first + LONGEST
    shown, columns = _shown(text[first:last])
    left, right = "…" if first else "", "…" if last < len(text) else ""
    rows = [Row("source", left + shown + right, number)]
    for part in parts:
        start = columns[_within(part.start - first, len(columns))]
        stop = columns[_within(part.end - first, len(columns))]
        signs = part.sign * max(stop - start, 1)
        rows.append(Row(part.sign, (" " * (len(left) + start) + signs + " " + part.text).rstrip()))
    return rows


def _within(index: int, length: int) -> int:
    return max(0, min(index, length - 1))


def _shown(text: str) -> tuple[str, list[int]]:
    """The text as a terminal shows it, and the column of each of its characters and of its end."""
    shown, columns, column = [], [0], 0
    for character in text:
        cell = _cell(character, column)
        column += _width(cell)
        shown.append(cell)
        columns.append(column)
    return "".join(shown), columns


def _cell(character: str, column: int) -> str:
    """Spaces for a tab, a substitute for what would disturb a terminal."""
    if character == "\t":
        return " " * (TAB - column % TAB)
    harmless = unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    return character if harmless else "\N{REPLACEMENT CHARACTER}"


def _width(text: str) -> int:
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
