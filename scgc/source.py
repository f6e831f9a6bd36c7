"""Where text comes from and where in it something stands.

Every stage after the parser speaks of places as `Span`s: offsets only, 0-based and end-exclusive, with the
source they belong to. Line and column are derived here and nowhere else.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field
from functools import cached_property

from scgc.record import Record


class Source(Record):
    """One text: a file's, or one given as a string (then `path` is a name such as `<text>`)."""

    path: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        return (0, *(i + 1 for i, c in enumerate(self.text) if c == "\n"))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both 1-based."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (1-based), without its line break."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")


class Span(Record):
    """The part `source.text[start:end]`."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def holds(self, other: Span) -> bool:
        """Whether another span lies inside this one."""
        return self.source is other.source and self.start <= other.start and other.end <= self.end

    def to(self, other: Span) -> Span:
        """From the start of this one to the end of the other."""
        return Span(self.source, self.start, other.end)

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.source.path}:{line}:{column}"
