"""Which inputs a forward pass cannot do without, and which values need one that may be missing.

Only losses, metrics and observed nodes may need an input that is not there: it defaults to None, and what
needs it is computed where it is given.
"""

from __future__ import annotations

from scgc.emit.regions import Regions
from scgc.ir.graph import (
    Apply,
    Choice,
    Loop,
    Sample,
    Simple,
    Statement,
    bodies,
    held,
    refs,
    results,
    settings,
    walk,
)

Guard = frozenset[str]
"""The inputs whose presence a value needs."""


class Inputs:
    """guards: value -> the inputs that may be missing and that it depends on; under `observe NODE` those of
    what a node observes.
    """

    def __init__(self, regions: Regions) -> None:
        self.regions = regions
        self.program = regions.program
        self.needed = self._needed()
        self.guards: dict[str, frozenset[str]] = {}
        for given in self.program.inputs:
            if not self.required(given.name):
                self.guards[given.name] = frozenset({given.name})
        self._statements(regions.top.statements)

    def _statements(self, statements: tuple[Statement, ...]) -> None:
        for statement in statements:
            if isinstance(statement, Loop | Choice):
                self._block(statement)
                continue
            if isinstance(statement, Sample) and statement.observe is not None:
                self.guards[f"observe {statement.result}"] = self._of(statement.observe)
            self.guards[statement.result] = self._guard(statement)

    def _block(self, block: Loop | Choice) -> None:
        """A loop or choice runs as a whole: it needs what anything in it needs but observed values."""
        self._statements(bodies(block))
        parts = _but_observed(block)
        found = frozenset[str]().union(*(self._of(n) for s in parts for n in _read(s)))
        found |= frozenset[str]().union(*(self._of(n) for n in held(block)))
        for name in (*(s.result for s in parts), block.result, *results(block)):
            self.guards[name] = found

    def required(self, name: str) -> bool:
        """Whether the forward pass needs an input."""
        return name in self.needed

    def _of(self, operand: object) -> frozenset[str]:
        if not isinstance(operand, str):
            return frozenset()
        first, _, rest = operand.partition(".")
        if self.regions.top.loop(first) is not None:
            return self._of(rest)
        return self.guards.get(first, frozenset())

    def _guard(self, statement: object) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        if isinstance(statement, Sample):
            for operand in _read(statement):
                found |= self._of(operand)
            return found
        for operand in refs(statement):  # type: ignore[arg-type]
            found |= self._of(operand)
        if isinstance(statement, Apply) and statement.function == "log_prob":
            found |= self._observed(statement)
        return found

    def _observed(self, apply: Apply) -> frozenset[str]:
        """The negative log-likelihood of a node is one where what it observes is there."""
        v = apply.inputs.get("v")
        node = str(v).rpartition(".")[2]
        statement = self.regions.top.by_name.get(node) if isinstance(v, str) else None
        q = str(apply.inputs.get("q")).rpartition(".")[2]
        same = isinstance(statement, Sample) and statement.distribution == q
        return self.guards.get(f"observe {node}", frozenset()) if same else frozenset()

    def _needed(self) -> set[str]:
        """The inputs that named values and the distributions of stochastic nodes depend on."""
        program = self.program
        costs = {c.value for c in (*program.losses, *program.metrics)}
        values = [n for n in self.regions.asked.named if n not in costs]
        values += [n for n, s in self.regions.top.by_name.items() if isinstance(s, Sample)]
        asked = self.above(values)
        # what is optional and yet below every loss is not
        lost = self.above([str(c.value) for c in program.losses])
        indispensable = self.above([v for v in values if v in lost])
        return {i.name for i in program.inputs if i.name in (indispensable if i.optional else asked)}

    def above(self, values: list[str]) -> set[str]:
        """What values depend on, they themselves among it; what nodes observe left out."""
        top, waiting = self.regions.top, list(values)
        seen: set[str] = set()
        while waiting:
            value, _, rest = waiting.pop().partition(".")
            waiting += [rest] if rest and top.loop(value) is not None else []
            if value in seen:
                continue
            seen.add(value)
            waiting += top.within.get(value, "").split(".")[:-1]  # a loop runs as a whole
            holder, statement = top.holders.get(value), top.by_name.get(value)
            waiting += [] if holder is None else held(holder)
            waiting += [] if statement is None else _read(statement)
        return seen


def _read(statement: Simple) -> list[str]:
    """What a statement reads, what a stochastic node observes left out."""
    if isinstance(statement, Sample):
        found = [statement.distribution, *settings(statement), statement.where]
        return [o for o in found if isinstance(o, str)]
    return list(refs(statement))


def _but_observed(block: Loop | Choice) -> list[Simple]:
    """The statements inside of a block but those that only an observed value needs."""
    own = {s.result: s for s in walk(bodies(block)) if not isinstance(s, Loop | Choice)}
    inner = [block, *(s for s in walk(bodies(block)) if isinstance(s, Loop | Choice))]
    waiting = [n for b in inner for n in held(b)] + [n for n, s in own.items() if isinstance(s, Sample)]
    found: dict[str, Simple] = {}
    while waiting:
        name = waiting.pop().split(".")[0]
        if name in own and name not in found:
            found[name] = own[name]
            waiting += _read(own[name])
    return list(found.values())
