"""The graph of a program with every call opened: values by dotted name, edges from operand to result.

A loop is opened for as many rounds as it takes until all that can depend on one another do; the values of the
last round have the names of the program's own, `%loop1.z`, those of the rounds before are copies of them,
`%loop1:0.z`. Seen from behind the loop a value is all of its copies.

An edge knows the input it feeds and whether a gradient can run back along it; what happens at stochastic
nodes is for the reader of the graph to decide, by the estimator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from scgc.analysis.digraph import DiGraph
from scgc.estimators import estimators
from scgc.ir.graph import (
    Apply,
    Choice,
    Invoke,
    Loop,
    Net,
    Operand,
    Program,
    Propagate,
    Sample,
    Simple,
    Statement,
)
from scgc.ir.types import DistType, TensorType
from scgc.ops import operators

MOST_ROUNDS = 4
"""A value that only after more rounds depends on another is taken not to."""


class OpenedGraph(DiGraph):
    """The graph; `copies` are those of each value that stands in a loop, by the program's own name."""

    def __init__(self) -> None:
        super().__init__()
        self.copies: dict[str, list[str]] = {}

    def add(self, *names: str) -> None:
        for name in names:
            if name not in self and "%loop" in name:
                self.copies.setdefault(own(name), []).append(name)
            super().add(name)


@dataclass
class Flow:
    """The opened graph.

    statements: the statement behind each value that has one; `regions` the path of the net it stands in.
    baselines: the value that is a node's baseline, by node.
    """

    graph: OpenedGraph = field(default_factory=OpenedGraph)
    statements: dict[str, Simple] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
    baselines: dict[str, str] = field(default_factory=dict)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All values, each after those it depends on; the graph must be whole."""
        return self.graph.order()

    @cached_property
    def samples(self) -> tuple[tuple[str, Sample], ...]:
        """The stochastic nodes in an order in which each comes after those it depends on."""
        found = ((name, self.statements.get(name)) for name in self.order)
        return tuple((name, statement) for name, statement in found if isinstance(statement, Sample))

    @cached_property
    def passing(self) -> dict[str, list[str]]:
        """The values that each is computed from by a way on which a gradient runs back."""
        return {
            name: [a for a, edge in edges.items() if edge.passes] for name, edges in self.graph.pred.items()
        }

    @cached_property
    def unstopped(self) -> dict[str, list[str]]:
        """The values that each is computed from, but for what `stop` gives."""
        stopped = {n for n, s in self.statements.items() if isinstance(s, Apply) and s.function == "stop"}
        return {name: [] if name in stopped else [*edges] for name, edges in self.graph.pred.items()}

    def copies(self, name: str) -> list[str]:
        """A value in every round of the loops around it."""
        return self.graph.copies.get(name, []) if "%loop" in name else [name]

    def before(self, name: str) -> set[str]:
        """Every value that one depends on."""
        return self.graph.ancestors((name,))

    def below(self, names: set[str]) -> set[str]:
        """Every value that depends on one of some."""
        return self.graph.descendants(names)

    def above(self, names: set[str]) -> set[str]:
        """Every value that one of some depends on."""
        return self.graph.ancestors(names)

    def gates(self, value: str) -> dict[str, str | None]:
        """For every value from which a gradient's way leads to this one: the next value that all of its ways
        pass, None for the value itself. (Dominators, found in one pass since the graph has no circles.)"""
        gates: dict[str, str | None] = {value: None}
        depth = {value: 0}
        for name in reversed(self.order):
            ends = [b for b, edge in self.graph.succ[name].items() if edge.passes and b in gates]
            if not ends or name == value:
                continue
            gate: str | None = ends[0]
            for end in ends[1:]:
                other: str | None = end
                while gate != other:
                    assert gate is not None and other is not None
                    if depth[gate] >= depth[other]:
                        gate = gates[gate]
                    else:
                        other = gates[other]
            assert gate is not None
            gates[name], depth[name] = gate, depth[gate] + 1
        return gates

    def after(self, name: str) -> set[str]:
        """Every value that depends on one."""
        return self.graph.descendants((name,))


def flow(program: Program) -> Flow:
    """Open every call of a program."""
    opened = Flow()
    opened.graph.add(*(i.name for i in program.inputs))
    opened.graph.add(*(p.name for p in program.params))
    opened.graph.add(*(s.name for s in program.schedules))
    for schedule in program.schedules:
        for statement in schedule.body:
            for operand in statement.inputs.values():
                if isinstance(operand, str) and any(s.name == operand for s in program.schedules):
                    opened.graph.join(operand, schedule.name, slot="", passes=False)
    _open(opened, program, program.body, "", "")
    return opened


def own(name: str) -> str:
    """The program's own name of a value, whichever round it is of."""
    return re.sub(r"(%loop\d+):\d+", r"\1", name)


def _open(opened: Flow, program: Program, body: tuple[Statement, ...], prefix: str, region: str) -> None:
    for statement in body:
        name = prefix + statement.result
        match statement:
            case Loop():
                _loop(opened, program, statement, prefix, region)
                continue
            case Choice():
                _open(opened, program, (*statement.body, *statement.orelse), prefix, region)
                for merge in statement.merges:
                    _edge(opened, prefix, merge.then, prefix + merge.result, "then", True)
                    _edge(opened, prefix, merge.orelse, prefix + merge.result, "orelse", True)
                continue
        opened.graph.add(name)
        opened.statements[name] = statement
        opened.regions[name] = region
        match statement:
            case Invoke():
                _invoke(opened, program, statement.net, statement.args, name, prefix)
            case Propagate():
                ends = (statement.dst, statement.src)
                _invoke(opened, program, statement.net, ends, name, prefix)
                _edge(opened, prefix, statement.along, name, "along", True)
            case Apply() | Sample():
                if isinstance(statement, Sample):
                    baseline = _found(opened, prefix, statement.estimator.inputs.get("baseline"))
                    opened.baselines |= {} if baseline is None else {name: baseline}
                for slot, operand in _operands(statement):
                    _edge(opened, prefix, operand, name, slot, _passes(statement, slot))


def rounds(program: Program, loop: Loop) -> int:
    """As how many rounds a loop is opened."""
    count = loop.count.substitute(program.dim_values()).value
    return min(count or MOST_ROUNDS, len(loop.carried) + 1, MOST_ROUNDS)


def _loop(opened: Flow, program: Program, loop: Loop, prefix: str, region: str) -> None:
    """The rounds one after another."""
    count = rounds(program, loop)
    before = ""
    for number in range(count):
        last = number == count - 1
        inner = f"{prefix}{loop.result}." if last else f"{prefix}{loop.result}:{number}."
        for carry in loop.carried:
            opened.graph.add(inner + carry.name)
            if before:
                _edge(opened, before, carry.next, inner + carry.name, "carry", True)
            else:
                _edge(opened, prefix, carry.start, inner + carry.name, "carry", True)
        if loop.item is not None:
            opened.graph.add(inner + loop.item)
            _edge(opened, prefix, loop.over, inner + loop.item, "over", True)
        if loop.alive is not None:
            opened.graph.add(inner + loop.alive)
            if before:
                _edge(opened, before, loop.halt, inner + loop.alive, "halt", False)
        _open(opened, program, loop.body, inner, region)
        before = inner
    for carry in loop.carried:
        opened.graph.add(prefix + carry.result)
        _edge(opened, before, carry.next, prefix + carry.result, "carry", True)


def _invoke(
    opened: Flow, program: Program, path: str, args: tuple[Operand, ...], name: str, prefix: str
) -> None:
    net: Net = program.net(path)
    for argument, operand in zip(net.args, args, strict=True):
        inner = f"{name}.{argument.name}"
        opened.graph.add(inner)
        _edge(opened, prefix, operand, inner, argument.name, True)
    if net.target is not None:
        for argument in net.args:
            opened.graph.join(f"{name}.{argument.name}", name, slot="", passes=True)
        return
    _open(opened, program, net.body, f"{name}.", path)
    if net.result is not None:
        _edge(opened, f"{name}.", net.result, name, "result", True)


def _operands(statement: Apply | Sample) -> Iterator[tuple[str, Operand | None]]:
    if isinstance(statement, Apply):
        for slot, operand in statement.inputs.items():
            for part in operand if isinstance(operand, tuple) else (operand,):
                yield slot, part
        return
    yield "distribution", statement.distribution
    for slot, value in statement.estimator.inputs.items():
        if slot != "baseline":  # which does not influence the draw
            yield slot, value
    yield "observe", statement.observe
    yield "where", statement.where


def _edge(opened: Flow, prefix: str, operand: Operand | None, name: str, slot: str, passes: bool) -> None:
    """An edge from what an operand names; dims have none."""
    found = _found(opened, prefix, operand)
    if found is None:
        return
    for source in opened.copies(found) if "%loop" in str(operand) else [found]:
        opened.graph.join(source, name, slot, passes)


def _found(opened: Flow, prefix: str, operand: Operand | None) -> str | None:
    """What an operand names, looked up from the innermost call outwards."""
    if not isinstance(operand, str):
        return None
    scopes = prefix.split(".")[:-1]
    names = (".".join([*scopes[:depth], operand]) for depth in range(len(scopes), -1, -1))
    return next((n for n in names if n in opened.graph), None)


def _passes(statement: Apply | Sample, slot: str) -> bool:
    """Whether a gradient can run back into this input."""
    if isinstance(statement, Sample):
        return slot == "distribution" and estimators()[statement.estimator.name].carries == "value"
    if isinstance(statement.type, DistType):
        return True
    overloads = operators()[statement.function]
    if statement.function == "stop" or statement.type.kind in ("bool", "int", "class"):
        return False
    passing = [o for o in overloads if o.torch and (o.derivative is None or slot in o.derivative)]
    return bool(passing)


def relaxed(statement: Sample) -> bool:
    """Whether a node's draws lie inside the simplex during training."""
    return estimators()[statement.estimator.name].relaxed and (
        statement.estimator.options.get("hard") is not True
    )


def is_tensor(statement: Simple) -> bool:
    """Whether a statement gives a tensor, not a distribution."""
    return isinstance(statement.type, TensorType)
