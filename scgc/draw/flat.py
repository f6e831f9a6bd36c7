"""First stage of drawing: the program with every call entered, as one graph of values.

Values have dotted names from the top (`left.z` is the node z of the call `left`), parts of expressions and
unnamed calls too (`left.%3`). Depth plays no part yet, so that gradients can be followed through calls that
the figure keeps closed. Schedules and dims are no values here: figures name them in labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from scgc.ir.graph import Apply, Cost, Invoke, Net, Operand, Program, Sample, Statement
from scgc.ir.types import DistType, Type

if TYPE_CHECKING:
    from networkx import DiGraph

Path = tuple[str, ...]
"""The calls that lead to a region, outermost first; () at the top."""

Role = Literal["data", "parameter", "prior", "observe", "given"]
"""What a value is to its reader: data to compute with, a parameter of the node's estimator, the node's prior,
its observed value, or that observed value once more in the node's own `log_prob`."""


@dataclass(frozen=True)
class Value:
    """One value of the flat graph. `net` is the path of the net whose region it stands in."""

    name: str
    region: Path
    net: str
    kind: Literal["input", "param", "argument", "apply", "call", "sample", "cost"]
    type: Type | None
    statement: Statement | None = None

    @property
    def local(self) -> str:
        """Its name in its region."""
        return self.name[len(".".join(self.region)) + 1 :] if self.region else self.name

    @property
    def unnamed(self) -> bool:
        """Whether it is a part of an expression."""
        return self.local.startswith("%")


@dataclass(frozen=True)
class Flow:
    """`head` reads `tail` in its slot `slot`."""

    tail: str
    head: str
    slot: str
    role: Role = "data"


@dataclass
class Flat:
    """The graph of all values. `costs` names the losses and metrics that values are; `results` the inner
    value that a call returns; `draws` and `priors` the stochastic node that a distribution is for."""

    program: Program
    values: dict[str, Value] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    costs: dict[str, Cost] = field(default_factory=dict)
    results: dict[str, str | None] = field(default_factory=dict)
    draws: dict[str, str] = field(default_factory=dict)
    priors: dict[str, str] = field(default_factory=dict)

    def resolve(self, region: Path, operand: Operand | None) -> str | None:
        """The value an operand names in a region; None for literals, schedules and dims."""
        if not isinstance(operand, str):
            return None
        for depth in range(len(region), -1, -1):
            name = ".".join((*region[:depth], operand))
            if name in self.values:
                return name
        return None

    @cached_property
    def into(self) -> dict[str, list[Flow]]:
        return _grouped(self.flows, lambda flow: flow.head)

    @cached_property
    def out_of(self) -> dict[str, list[Flow]]:
        return _grouped(self.flows, lambda flow: flow.tail)

    @cached_property
    def graph(self) -> DiGraph:
        """Which value is computed from which."""
        from networkx import DiGraph

        graph = DiGraph()
        graph.add_nodes_from(self.values)
        graph.add_edges_from((f.tail, f.head) for f in self.flows if f.role not in ("prior", "observe"))
        return graph

    def names(self, costs: Iterable[Cost]) -> list[str]:
        """The values that are these losses or metrics."""
        wanted = {c.name for c in costs}
        return [name for name, cost in self.costs.items() if cost.name in wanted]


def _grouped(flows: list[Flow], key: Callable[[Flow], str]) -> dict[str, list[Flow]]:
    groups: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        groups[key(flow)].append(flow)
    return groups


def flatten(program: Program) -> Flat:
    """Every value of the program and of every call, at any depth."""
    flat = Flat(program)
    for declared in program.inputs:
        flat.values[declared.name] = Value(declared.name, (), "", "input", declared.type)
    for param in program.params:
        flat.values[param.name] = Value(param.name, (), "", "param", param.type)
    _enter(flat, (), "", program.body)
    for cost in (*program.losses, *program.metrics):
        _add_cost(flat, cost)
    return flat


def _enter(flat: Flat, region: Path, net: str, body: tuple[Statement, ...]) -> None:
    for statement in body:
        name = ".".join((*region, statement.result))
        kind: Literal["apply", "call", "sample"]
        match statement:
            case Apply():
                kind = "apply"
                _read_inputs(flat, region, name, statement)
            case Invoke():
                kind = "call"
                _call(flat, region, name, statement)
            case Sample():
                kind = "sample"
                _read_distribution(flat, region, name, statement)
        flat.values[name] = Value(name, region, net, kind, statement.type, statement)


def _read(
    flat: Flat, region: Path, head: str, slot: str, operand: Operand | None, role: Role = "data"
) -> None:
    tail = flat.resolve(region, operand)
    if tail is not None:
        flat.flows.append(Flow(tail, head, slot, role))


def _read_inputs(flat: Flat, region: Path, name: str, statement: Apply) -> None:
    for slot, operand in statement.inputs.items():
        for part in operand if isinstance(operand, tuple) else (operand,):
            again = statement.function == "log_prob" and slot == "v" and _observed(flat, region, part)
            _read(flat, region, name, slot, part, "given" if again else "data")


def _observed(flat: Flat, region: Path, operand: Operand | None) -> bool:
    """Whether an operand is a node whose value the data gives."""
    node = flat.resolve(region, operand)
    statement = flat.values[node].statement if node is not None else None
    return isinstance(statement, Sample) and statement.observe is not None


def _read_distribution(flat: Flat, region: Path, name: str, sample: Sample) -> None:
    _read(flat, region, name, "distribution", sample.distribution)
    for slot, operand in sample.estimator.inputs.items():
        _read(flat, region, name, slot, operand, "parameter")
    _read(flat, region, name, "prior", sample.prior, "prior")
    _read(flat, region, name, "observe", sample.observe, "observe")
    for about, nodes in ((sample.distribution, flat.draws), (sample.prior, flat.priors)):
        found = flat.resolve(region, about)
        if found is not None:
            nodes.setdefault(found, name)


def _call(flat: Flat, region: Path, name: str, call: Invoke) -> None:
    net = flat.program.net(call.net)
    if net.target is not None:
        for argument, operand in zip(net.args, call.args, strict=True):
            _read(flat, region, name, argument.name, operand)
        return
    inside = (*region, call.result)
    for argument, operand in zip(net.args, call.args, strict=True):
        inner = f"{name}.{argument.name}"
        _read(flat, region, inner, "", operand)
        flat.values[inner] = Value(inner, inside, call.net, "argument", argument.type)
    _enter(flat, inside, call.net, net.body)
    flat.results[name] = flat.resolve(inside, net.result)
    _read(flat, inside, name, "", net.result)


def _add_cost(flat: Flat, cost: Cost) -> None:
    """A cost is the value it names, unless the program gave that value a name of its own."""
    value = flat.resolve((), cost.value)
    if value is not None and value not in flat.costs:
        found = flat.values[value]
        if value == cost.name or (found.unnamed and found.kind == "apply"):
            flat.costs[value] = cost
            return
    name = cost.name
    flat.values[name] = Value(name, (), "", "cost", None)
    flat.costs[name] = cost
    _read(flat, (), name, "", cost.value)


def is_distribution(value: Value) -> bool:
    """Whether it is a distribution, not a number."""
    return isinstance(value.type, DistType)


__all__ = ["Flat", "Flow", "Net", "Path", "Role", "Value", "flatten", "is_distribution"]
