"""A directed graph of names with what the analysis asks of it.

Its own because a check is to answer at once: importing a graph library takes longer than the rest of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Edge(NamedTuple):
    """`slot`: the input that it feeds; `passes`: whether a gradient can run back along it."""

    slot: str
    passes: bool


class DiGraph:
    """Every name with the edges to those behind it, `succ`, and from those before it, `pred`."""

    def __init__(self) -> None:
        self.succ: dict[str, dict[str, Edge]] = {}
        self.pred: dict[str, dict[str, Edge]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.succ

    def add(self, *names: str) -> None:
        """Names, which may be there already."""
        for name in names:
            self.succ.setdefault(name, {})
            self.pred.setdefault(name, {})

    def join(self, tail: str, head: str, slot: str, passes: bool) -> None:
        """An edge. Where there was one the new slot holds, and a gradient passes if it passes either."""
        self.add(tail, head)
        before = self.succ[tail].get(head)
        edge = Edge(slot, passes or (before is not None and before.passes))
        self.succ[tail][head] = self.pred[head][tail] = edge

    def order(self) -> tuple[str, ...]:
        """All names, each behind those before it; there must be no circle."""
        missing = {name: len(before) for name, before in self.pred.items()}
        found = [name for name, count in missing.items() if count == 0]
        for name in found:
            for behind in self.succ[name]:
                missing[behind] -= 1
                if missing[behind] == 0:
                    found.append(behind)
        assert len(found) == len(missing)
        return tuple(found)

    def ancestors(self, names: Iterable[str]) -> set[str]:
        """Every name from which a way leads to one of some."""
        return along(self.pred, names)

    def descendants(self, names: Iterable[str]) -> set[str]:
        """Every name to which a way leads from one of some."""
        return along(self.succ, names)

    def shortest(self, tail: str, head: str) -> list[tuple[str, str]]:
        """The edges of a shortest way; there must be one."""
        before = {tail: tail}
        waiting = [tail]
        for name in waiting:
            if head in before:
                break
            new = [n for n in self.succ[name] if n not in before]
            before |= dict.fromkeys(new, name)
            waiting += new
        way = [(before[head], head)]
        while way[-1][0] != tail:
            way.append((before[way[-1][0]], way[-1][0]))
        return way[::-1]


def along(ways: Mapping[str, Iterable[str]], names: Iterable[str]) -> set[str]:
    """Every name to which the ways lead on from one of some."""
    found: set[str] = set()
    left = [name for name in names if name in ways]
    while left:
        new = [n for n in ways[left.pop()] if n not in found]
        found.update(new)
        left += new
    return found
