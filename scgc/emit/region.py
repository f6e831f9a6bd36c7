"""One region, the body of the program or of a net, as the emitter looks at it: what its names stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from scgc.emit.nodes import weight_name, with_weights
from scgc.ir.dims import Dim
from scgc.ir.graph import Choice, Loop, Net, Sample, Simple, Statement, bodies, results, walk
from scgc.ir.types import DistType, TensorType, Type, real


@dataclass
class Region:
    """The body of the program (path "") or of a net.

    by_name: the statement behind each value, also inside of loops and choices. holders: the loop or choice
    that gives a name. within: the loops around each name, `%loop1.`. chosen: what stands inside of a choice.
    types: of every name.
    """

    path: str
    net: Net | None
    args: dict[str, TensorType]
    statements: tuple[Statement, ...]
    by_name: dict[str, Simple] = field(default_factory=dict)
    holders: dict[str, Loop | Choice] = field(default_factory=dict)
    within: dict[str, str] = field(default_factory=dict)
    chosen: set[str] = field(default_factory=set)
    types: dict[str, Type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._enter(self.statements, "")

    def _enter(self, statements: tuple[Statement, ...], within: str) -> None:
        for statement in statements:
            self.within[statement.result] = within
            match statement:
                case Loop():
                    self.holders |= dict.fromkeys((statement.result, *results(statement)), statement)
                    inner = f"{within}{statement.result}."
                    for carry in statement.carried:
                        self.holders[carry.name] = statement
                        self.types |= {carry.name: carry.type, carry.result: carry.type}
                        self.within |= {carry.name: inner, carry.result: within}
                    if statement.item is not None and statement.over is not None:
                        over = self.types.get(statement.over) or self.args.get(statement.over)
                        assert isinstance(over, TensorType), statement.over
                        self.types[statement.item] = over.with_shape(over.shape[1:])
                        self.holders[statement.item] = statement
                        self.within[statement.item] = inner
                    if statement.alive is not None:
                        self.types[statement.alive] = TensorType(kind="bool")
                        self.holders[statement.alive] = statement
                        self.within[statement.alive] = inner
                    self._enter(statement.body, inner)
                case Choice():
                    self.holders |= dict.fromkeys((statement.result, *results(statement)), statement)
                    for merge in statement.merges:
                        self.types[merge.result] = merge.type
                        self.within[merge.result] = within
                    self._enter(bodies(statement), within)
                    self.chosen |= {s.result for s in walk(bodies(statement))}
                case _:
                    self.by_name[statement.result] = statement
                    self.types[statement.result] = statement.type
                    if with_weights(statement):
                        weights = weight_name(statement.result)
                        self.types[weights], self.within[weights] = real(), within

    @property
    def draws(self) -> bool:
        """Whether a stochastic node stands here itself."""
        return any(isinstance(s, Sample) for s in self.by_name.values())

    @cached_property
    def titles(self) -> dict[str, str]:
        """What belongs to a stochastic node and has no name of its own, by the node: `q_z`, `p_z`."""
        found: dict[str, str] = {}
        for node in self.by_name.values():
            if isinstance(node, Sample):
                titles = {node.distribution: "q_{}", node.prior: "p_{}", node.where: "{}_mask"}
                titles[weight_name(node.result)] = "weight_{}"
                titles[str(node.estimator.inputs.get("baseline"))] = "baseline_{}"
                for value, title in titles.items():
                    if value is not None and value.startswith("%"):
                        found.setdefault(value, title.format(node.result))
        return found

    def loop(self, name: str) -> Loop | None:
        """The loop of this name."""
        found = self.holders.get(name)
        return found if isinstance(found, Loop) and found.result == name else None


def mapped_type(type_: Type, mapped: tuple[Dim, ...]) -> Type:
    """The type of a value inside a mapped call, seen from outside."""
    if isinstance(type_, DistType):
        event = type_.event
        return DistType(family=type_.family, event=event.with_shape((*mapped, *event.shape)))
    return type_.with_shape((*mapped, *type_.shape))
