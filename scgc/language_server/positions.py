"""Offsets of a text as the protocol counts them: lines from 0, columns in units of an encoding."""

from __future__ import annotations

import re
from bisect import bisect_right

from lsprotocol.types import Position, Range

_BREAK = re.compile(r"\r\n|\n|\r")


class Positions:
    """One text. `encoding` is what client and server agreed on, without more UTF-16: there a character beyond
    the first plane counts twice."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self.encoding = encoding
        self.starts = [0, *(m.end() for m in _BREAK.finditer(text))]

    def offset(self, position: Position) -> int:
        """The offset of a position; of one outside of the text the nearest."""
        line = min(max(position.line, 0), len(self.starts) - 1)
        if position.line >= len(self.starts):
            return len(self.text)
        start, end = self.starts[line], self._end(line)
        units = 0
        for offset in range(start, end):
            if units >= position.character:
                return offset
            units += self._width(self.text[offset])
        return end

    def position(self, offset: int) -> Position:
        line = bisect_right(self.starts, offset) - 1
        part = self.text[self.starts[line] : offset]
        return Position(line, sum(map(self._width, part)))

    def range(self, start: int, end: int) -> Range:
        return Range(self.position(start), self.position(end))

    def _end(self, line: int) -> int:
        """The end of a line, in front of its break."""
        last = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)
        found = _BREAK.search(self.text, self.starts[line], last)
        return found.start() if found else last

    def _width(self, character: str) -> int:
        match self.encoding:
            case "utf-8":
                return len(character.encode("utf-8", "surrogatepass"))
            case "utf-32":
                return 1
            case _:
                return 2 if ord(character) > 0xFFFF else 1
