"""The statements of one region as lines of Python.

Parts of an expression that are read once are written inside what reads them; a pipeline becomes a few
statements on one local name, a new one where a layer follows a layer. What depends on an input that may be
missing is collected under `if x is not None`.
"""

from __future__ import annotations

import ast as py
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from scgc.emit import expressions
from scgc.emit.applying import write_apply
from scgc.emit.calling import write_invoke
from scgc.emit.calling_together import write_together
from scgc.emit.comments import Comments
from scgc.emit.drawing import write_sample
from scgc.emit.expressions import fill, name, simple
from scgc.emit.guards import Guard
from scgc.emit.homes import Homes
from scgc.emit.messages import write_propagate
from scgc.emit.module import Assign, Do, Line
from scgc.emit.names import Names
from scgc.emit.region import Region
from scgc.emit.scoring import write_scoring
from scgc.emit.selecting import write_selection
from scgc.emit.structures import write_choice, write_loop
from scgc.emit.values import Values
from scgc.ir.graph import (
    Apply,
    Choice,
    Invoke,
    Loop,
    Propagate,
    Sample,
    Simple,
    Statement,
    refs,
)
from scgc.ir.types import DistType


class Body(Values):
    """Writes one region. `blocks` holds the lines by guard.

    Of expressions that wait for their reader: `pending`, the statements that each is made of; `mentions`, by
    local those that name it. `remaining`: how many statements are still to read each value.
    """

    def __init__(
        self,
        homes: Homes,
        region: Region,
        comments: Comments,
        scope: Names,
        guards: dict[str, Guard] | None = None,
        device: py.expr | None = None,
    ) -> None:
        super().__init__(homes, region, comments, device)
        self.names = scope
        self.guards = guards or {}
        self.blocks: dict[Guard, list[Line]] = {frozenset(): []}
        self.pending: dict[str, set[str]] = {}
        self.mentions: dict[str, list[str]] = {}
        self.layered: set[str] = set()
        self.reusable: dict[str, str] = {}
        self.layers: dict[str, py.expr] = {}
        self.wholes: dict[tuple[str, ...], py.expr] = {}
        self.readers: dict[str, list[str]] = {}
        for statement in homes.statements(region.path):
            for operand in set(refs(statement)):
                self.readers.setdefault(operand, []).append(statement.result)
        self.remaining = Counter({value: len(read) for value, read in self.readers.items()})
        self.locals: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        self.nested = False
        self.later: set[str] = set()
        self.folded = self._within_observed()
        self.selections = self.regions.selections[region.path]
        self.scorings = self.regions.scorings if region is self.regions.top else {}
        self.absorbed = {p.result for s in self.selections.values() for p in s.parts} - set(self.selections)

    # ---- the lines

    def write(self) -> None:
        """Every statement that is asked for."""
        self.statements(self.region.statements)

    def statements(self, statements: Iterable[Statement]) -> None:
        """Those of a body that are asked for; what a loop keeps of each round is appended to its list."""
        needed = self.regions.asked.needed[self.region.path]
        for statement in statements:
            if isinstance(statement, Choice):
                write_choice(self, statement)
                continue
            if statement.result not in needed or statement.result in self.absorbed:
                continue
            match statement:
                case Apply(result=value) if value in self.scorings:
                    write_scoring(self, self.scorings[value], statement)
                case Apply():
                    write_apply(self, statement)
                case Invoke(result=result) if len(group := self.regions.group(self.region, result)) > 1:
                    if result == group[0]:
                        write_together(self, group)
                case Invoke():
                    write_invoke(self, statement)
                case Propagate():
                    write_propagate(self, statement)
                case Sample(result=node) if node in self.selections:
                    write_selection(self, self.selections[node])
                case Sample():
                    write_sample(self, statement)
                case Loop():
                    write_loop(self, statement)
            self.keep_rounds(statement.result)

    def keep_rounds(self, result: str) -> None:
        """Append to the lists of the loop around what of a statement is asked for of every round."""
        for value, gathered in self.kept.items():
            if value.split(".")[0] == result:
                tree = fill("{list}.append({x})", {"list": name(gathered), "x": self.tree(value)})
                self.emit(frozenset(), Do(tree))

    @contextmanager
    def inside(self, kept: dict[str, str]) -> Iterator[list[Line]]:
        """Lines of a block of their own, within a loop or choice."""
        before = self.blocks, self.kept, self.nested, self.reusable
        lines: list[Line] = []
        self.blocks, self.kept, self.nested, self.reusable = {frozenset(): lines}, kept, True, {}
        try:
            yield lines
        finally:
            self.blocks, self.kept, self.nested = before[:3]
            self.reusable = {}

    def guard(self, value: str) -> Guard:
        return self.guards.get(value, frozenset())

    def emit(self, guard: Guard, line: Line) -> None:
        self.blocks.setdefault(frozenset() if self.nested else guard, []).append(line)

    def lines(self) -> list[Line]:
        """Those without a guard."""
        return self.blocks[frozenset()]

    # ---- keeping values

    def covers(self, statement: Simple) -> set[str]:
        """The statements that an expression is made of."""
        covered = {statement.result}
        for operand in refs(statement):
            covered |= self.pending.get(operand, set())
        return covered

    def hold(self, statement: Simple, tree: py.expr) -> None:
        """Keep an expression for what reads it."""
        self.trees[statement.result] = tree
        self.pending[statement.result] = self.covers(statement)
        for local in expressions.names(tree):
            self.mentions.setdefault(local, []).append(statement.result)
        layered = isinstance(statement, Apply) and statement.layer is not None
        if layered or any(o in self.layered for o in refs(statement) if o in self.pending):
            self.layered.add(statement.result)

    def keep(self, statement: Simple, tree: py.expr) -> None:
        """Hold a part that is read once, give everything else a name."""
        result = statement.result
        once = self.regions.asked.uses[self.region.path][result] == 1 or simple(tree) or result in self.folded
        once = once and result not in self.later
        if result.startswith("%") and once:
            self.hold(statement, tree)
            return
        self.hold(statement, tree)
        self.settle(result)

    def keep_for_later(self, values: Iterable[str]) -> None:
        """Before anything is written: these values are read by name when everything is."""
        self.remaining.update(values)
        self.later |= set(values)

    def settle(self, value: str) -> None:
        """Give a held expression a local name."""
        tree = self.trees[value]
        covered = self.pending.pop(value)
        self.layered.discard(value)
        statements = self.region.by_name
        for part in covered:
            self.remaining.subtract(set(refs(statements[part])))
        target = self.target(value, tree)
        self.free(target, covered)
        self.emit(self.guard(value), Assign((target,), tree, self.comments.doc(self.region, value)))
        self.trees[value] = name(target)

    def target(self, value: str, tree: py.expr) -> str:
        """Its own name; for a part of a pipeline the local that it uses up."""
        if not value.startswith("%"):
            return self.local(value)
        if isinstance(self.region.by_name[value].type, DistType):
            return self.names.new(self.region.titles.get(value, "q"))
        title = self.regions.title(self.region, value)
        if title.startswith("baseline_"):
            return self.names.new(title)
        taken, outside = self.names.taken, self.homes.module.taken
        used = [n for n in expressions.names(tree) if n in taken and n not in outside]
        local = used[0] if len(used) == 1 else ""
        old = self.reusable.get(local)
        if old is None or self.remaining[old] > 0 or not self._same_guard(old, value):
            local = self.names.numbered("h")
        self.reusable[local] = value
        return local

    def local(self, value: str) -> str:
        """The local of a named value; all versions of a name share one."""
        known = value.split("@")[0]
        if "@" in value and known in self.locals:
            return self.locals[known]
        self.locals[known] = self.names.new(value)
        return self.locals[known]

    def free(self, local: str, covered: set[str]) -> None:
        """Before a local gets another value, compute what still waits for the one it has."""
        waiting = [v for v in self.mentions.get(local, ()) if v in self.pending and self.remaining[v] > 0]
        for value in waiting:
            if value not in covered and value in self.pending and not simple(self.trees[value]):
                self.settle(value)
        self.mentions[local] = [v for v in waiting if v in self.pending]

    def _same_guard(self, old: str, value: str) -> bool:
        """A local may be used again only among values that are always computed together."""
        guards = {self.guard(v) for v in (old, value, *self.readers.get(old, ()))}
        return len(guards) == 1 and old not in self.regions.asked.required[self.region.path]

    def _within_observed(self) -> set[str]:
        """Parts of what a node observes if it is there; they are computed where it is tested for."""
        found: set[str] = set()
        for statement in self.homes.statements(self.region.path):
            guarded = isinstance(statement, Sample) and isinstance(statement.observe, str)
            if not guarded or not self.guards.get(f"observe {statement.result}"):
                continue
            waiting = [statement.observe]  # type: ignore[union-attr]
            while waiting:
                value = waiting.pop()
                if isinstance(value, str) and value.startswith("%") and self.guard(value):
                    found.add(value)
                    waiting += refs(self.region.by_name[value])
        return found
