"""How many values a program has with every call and loop opened, before anything opens them.

A net that calls another twice, which calls another twice, doubles at every level: forty lines can stand for
more values than any machine holds.
"""

from __future__ import annotations

from scgc.analysis.flow import rounds
from scgc.diagnostics.base import Sink
from scgc.diagnostics.graph import TooManyValues
from scgc.ir.graph import Choice, Invoke, Loop, Places, Program, Propagate, Statement

MOST_VALUES = 100_000
"""Opened values; the programs that ship have a few hundred at most."""


def verify_extent(program: Program, places: Places, sink: Sink) -> None:
    """The statement of the program with the most values may not have too many."""
    counts = _Counts(program)
    sizes = {s.result: counts.statement(s) for s in program.body}
    if sum(sizes.values()) > MOST_VALUES:
        name = max(sizes, key=lambda n: sizes[n])
        span = places.of("", name)
        sink.report(TooManyValues(span=span, count=f"{sum(sizes.values()):,}", limit=f"{MOST_VALUES:,}"))


class _Counts:
    """The values of statements, each net counted once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.nets: dict[str, int] = {}

    def statement(self, statement: Statement) -> int:
        match statement:
            case Loop():
                return rounds(self.program, statement) * (self.body(statement.body) + len(statement.carried))
            case Choice():
                return self.body((*statement.body, *statement.orelse))
            case Invoke(net=path) | Propagate(net=path):
                return 1 + self.net(path)
            case _:
                return 1

    def body(self, body: tuple[Statement, ...]) -> int:
        return sum(self.statement(s) for s in body)

    def net(self, path: str) -> int:
        if path not in self.nets:
            self.nets[path] = self.body(self.program.net(path).body)
        return self.nets[path]
