"""Who trains what: the parts of a program that own parameters, and the players that train them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from scgc.analysis.flow import Flow, flow
from scgc.analysis.named import nodes
from scgc.estimators import estimators
from scgc.ir.graph import Apply, Invoke, Net, Player, Program, Sample, Statement, walk
from scgc.record import Record

Kind = Literal["net", "param", "layer", "node"]


class Part(Record):
    """Something that owns parameters: a net with all that it holds, a param, a layer of the program's body,
    or a stochastic node there whose estimator learns."""

    kind: Kind
    name: str


def parts(program: Program) -> Iterator[Part]:
    """All of them, params first."""
    yield from (Part("param", p.name) for p in program.params)
    yield from (Part("net", n.name) for n in program.nets if owns_parameters(n))
    for statement in walk(program.body):
        if (part := own_part(statement)) is not None:
            yield part


def owns_parameters(net: Net) -> bool:
    """Whether a net, or one inside of it, has any."""
    if net.target is not None:
        return net.kind == "net"
    own = any(own_part(s) is not None for s in walk(net.body))
    return own or any(owns_parameters(n) for n in net.nets)


def own_part(statement: Statement) -> Part | None:
    """What a statement itself owns."""
    match statement:
        case Apply(layer=str(layer)):
            return Part("layer", layer)
        case Sample(result=node, estimator=use) if estimators()[use.name].module:
            return Part("node", node)
        case _:
            return None


def trained(player: Player) -> Iterator[Part]:
    """The parts that a player names."""
    kinds: dict[Kind, tuple[str, ...]] = {
        "net": player.nets,
        "param": player.params,
        "layer": player.layers,
        "node": player.nodes,
    }
    return (Part(kind, name) for kind, names in kinds.items() for name in names)


class Players(Record):
    """The players of a program, by number, on its opened graph."""

    program: Program
    opened: Flow

    @cached_property
    def all(self) -> tuple[Player, ...]:
        """None where one trains everything."""
        train = self.program.train
        return () if train is None or len(train.players) < 2 else train.players

    @cached_property
    def by_part(self) -> dict[Part, int]:
        return {part: number for number, player in enumerate(self.all) for part in trained(player)}

    def part_of(self, value: str) -> Part | None:
        """The part whose parameters a value of the opened graph is computed with directly."""
        statement = self.opened.statements.get(value)
        if statement is None:
            return Part("param", value) if any(p.name == value for p in self.program.params) else None
        net = self.opened.regions[value].split("/")[0]
        if isinstance(statement, Invoke):
            called = self.program.net(statement.net)
            extern = called.target is not None and called.kind == "net"
            return Part("net", statement.net.split("/")[0]) if extern else None
        own = own_part(statement)
        return Part("net", net) if own is not None and net else own

    def above(self, value: str) -> set[int]:
        """The players with parameters on which a value depends."""
        found = (self.part_of(v) for v in {*self.opened.before(value), value})
        return {self.by_part[part] for part in found if part in self.by_part}

    def concerned(self, node: str) -> set[str]:
        """The losses of the players whose parameters a stochastic node's distribution depends on."""
        return {loss for number in self.above(node) for loss in self.all[number].losses}


def trained_by(program: Program) -> dict[str, int]:
    """Of several players the number of the one that trains each stochastic node, by the name that `--set`
    knows; nodes that nothing learned stands above are left out."""
    players = Players(program, flow(program))
    if not players.all:
        return {}
    found = {
        name: sorted({n for copy in node.copies for n in players.above(copy)})
        for name, node in nodes(program, players.opened).items()
    }
    return {name: numbers[0] for name, numbers in found.items() if numbers}
