"""What reading a text gives: tokens, and the tree of grammar rules over them. `syntax/reading.py` makes both.

Offsets are those of the text. A tree that matched nothing is `empty` and stands nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator

NOWHERE = -1


class Token(str):
    """A word or sign of the text; `type` is the name of its terminal in the grammar."""

    __slots__ = ("end", "start", "type")

    type: str
    start: int
    end: int

    def __new__(cls, type: str, text: str, start: int) -> Token:
        self = super().__new__(cls, text)
        self.type, self.start, self.end = type, start, start + len(text)
        return self


class Tree:
    """A part of the text that matched a rule; None stands for an optional part that is not there."""

    __slots__ = ("children", "data", "end", "start")

    def __init__(self, data: str, children: list[Part | None], start: int, end: int) -> None:
        self.data, self.children, self.start, self.end = data, children, start, end

    @property
    def empty(self) -> bool:
        """Whether it matched nothing."""
        return self.start == NOWHERE

    def walk(self) -> Iterator[Tree]:
        """This tree and all inside of it, in the order of the text, without recursion."""
        waiting = [self]
        while waiting:
            tree = waiting.pop()
            yield tree
            waiting += [child for child in reversed(tree.children) if isinstance(child, Tree)]


Part = Token | Tree
