"""The graph that `flatten` makes: every value of the program and of every call, loop and choice in it.

Values have dotted names from the top (`left.z` is the node z of the call `left`, `%loop1.z` that of a loop),
parts of expressions and unnamed calls too (`left.%3`). Depth plays no part yet, so that gradients can be
followed through calls that the figure keeps closed. Schedules, dims and the indices of loops are no values
here: figures name them in labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from scgc.ir.graph import Choice, Cost, Input, Invoke, Loop, Operand, Param, Program, Propagate, Simple
from scgc.ir.types import DistType, Type

if TYPE_CHECKING:
    from networkx import DiGraph

Path = tuple[str, ...]
"""The names of the calls and loops that lead to a region, outermost first; () at the top. Of boxes: the same
with the choices on the way."""

Role = Literal["data", "next", "along", "where", "parameter", "prior", "observe", "given"]
"""What a value is to its reader: data to compute with, a carried value's next one, the graph that messages
run along, a mask, a parameter of the node's estimator, the node's prior, its observed value, or that observed
value or mask once more in a measure of the node's own distribution."""

ValueKind = Literal[
    "input", "param", "argument", "apply", "call", "sample", "carried", "item", "passed", "alive", "cost"
]
"""`carried` and `item` are what a loop's body starts a round with, `alive` whether an example takes part in
it; `passed` is what a loop or a choice leaves behind."""


@dataclass(frozen=True)
class Value:
    """One value of the flat graph. `net` is the path of the net whose region it stands in, `box` what it is
    drawn in: its region, and the choices that it depends on."""

    name: str
    region: Path
    net: str
    kind: ValueKind
    type: Type | None
    statement: Simple | None = None
    box: Path = ()

    @property
    def local(self) -> str:
        """Its name in its region."""
        return self.name[len(".".join(self.region)) + 1 :] if self.region else self.name

    @property
    def unnamed(self) -> bool:
        """Whether it is a part of an expression."""
        return self.local.startswith("%")

    @property
    def inside(self) -> Path:
        """The box of what a call holds."""
        return (*self.box, self.local)


@dataclass(frozen=True)
class Box:
    """What can be drawn as a cluster: a call, a loop, or one side of a choice. `region` is that of the values
    in it; a choice has none of its own."""

    path: Path
    region: Path
    statement: Invoke | Propagate | Loop | Choice
    orelse: bool = False

    @property
    def call(self) -> str | None:
        """The name of the value that a call defines."""
        return ".".join(self.region) if isinstance(self.statement, Invoke | Propagate) else None


@dataclass(frozen=True)
class Flow:
    """`head` reads `tail` in its slot `slot`."""

    tail: str
    head: str
    slot: str
    role: Role = "data"


@dataclass
class Flat:
    """The graph of all values. `boxes` are the calls, loops and choices by their path; `costs` names the
    losses and metrics that values are; `results` the inner value that a call returns; `draws` and `priors`
    the stochastic node that a distribution is for."""

    program: Program
    values: dict[str, Value] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    boxes: dict[Path, Box] = field(default_factory=dict)
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

    def calls(self, path: Path) -> list[Box]:
        """The calls around the content of a box, outermost first."""
        around = (self.boxes[path[:length]] for length in range(1, len(path) + 1))
        return [box for box in around if box.call is not None]

    @cached_property
    def docs(self) -> dict[str, str]:
        """The `##` lines of inputs, params and costs."""
        program = self.program
        costs = (*program.losses, *program.metrics)
        declared: tuple[Input | Param | Cost, ...] = (*program.inputs, *program.params, *costs)
        return {d.name: d.doc for d in declared}

    @cached_property
    def drawn(self) -> dict[str, str]:
        """The distribution of each stochastic node; of nodes with a common one, of the first."""
        return {node: distribution for distribution, node in self.draws.items()}

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


def is_distribution(value: Value) -> bool:
    """Whether it is a distribution, not a number."""
    return isinstance(value.type, DistType)
