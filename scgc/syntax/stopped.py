"""Where a reader stopped, and what is known around the place, for `syntax/unexpected.py`."""

from __future__ import annotations

import re

from scgc.source import Source, Span
from scgc.syntax.brackets import scan
from scgc.syntax.expected import OUTER
from scgc.syntax.reading import END, Unreadable
from scgc.syntax.tree import Token

_BLOCKS = {"FOR": "loop", "IF": "choice", "ELSE": "choice", "NET": "net", "FN": "net"}
"""What begins a body of statements, and what that is called."""


class Stopped:
    """A token that stopped a reader: what was read before it, what could stand in its place, and which
    brackets are open there."""

    def __init__(self, source: Source, stop: Unreadable, token: Token, read: list[Token]) -> None:
        self.source, self.stop, self.token, self.accepted = source, stop, token, stop.accepted
        self.before = [t for t in read if t is not self.token]
        self.at_end = self.token.type == END
        start = self.end if self.at_end else self.token.start
        self.span = Span(source, start, start if self.at_end else start + len(self.token))
        self.brackets = scan(source.text)
        self.open = self.brackets.open_at(start)

    @property
    def end(self) -> int:
        """Where what was read ends."""
        return self.before[-1].end if self.before else 0

    def begins_statement(self) -> bool:
        """Whether the token before began a statement as a name does."""
        return (
            bool(self.before)
            and self.before[-1].type == "NAME"
            and self.accepted <= {"EQUAL", "TILDE", "UPDATE", "DOT"}
        )

    def is_defined(self) -> bool:
        """Whether the token is a word and a definition goes on behind it."""
        behind = self.source.text[self.span.end :]
        return str(self.token).isidentifier() and re.match(r"\s*(~|=(?!=))", behind) is not None

    def in_settings(self) -> bool:
        """Whether a block's head stands where a setting could: `evaluate test {` after `train {`."""
        return bool(self.before) and self.before[-1].type in ("EVALUATE", "VARIANT") and self.on_new_line()

    def on_new_line(self) -> bool:
        """Whether the token before begins its line."""
        start = self.span_of(self.before[-1]).start
        return self.source.text[:start].rpartition("\n")[2].strip() == ""

    def block(self) -> str | None:
        """What the innermost body around the place belongs to."""
        heads: list[str] = []
        head = ""
        for token in self.before:
            if token.type == "LBRACE":
                heads.append(head)
            elif token.type == "RBRACE":
                heads.pop()
            elif token.type in _BLOCKS or token.type in OUTER:
                head = token.type
        return _BLOCKS.get(heads[-1]) if heads else None

    def span_of(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)
