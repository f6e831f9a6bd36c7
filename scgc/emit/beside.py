"""Which nodes have values that stand beside their draws, and what of the program follows these values.

Estimators say of their values which are draws, and that the others are only compared or subtracted. The
module then computes what follows the draws as for any node, and what the others cost in a method of its own
(`scgc.runtime.beside`), without the passes back that nothing asks for. That takes a node of the program's own
body, below which nothing is random; elsewhere all values go through the program together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scgc.emit.leads import Leads
from scgc.emit.nodes import estimator_of, with_weights
from scgc.emit.region import Region
from scgc.emit.regions import Regions
from scgc.ir.graph import (
    Apply,
    Choice,
    DimOption,
    Invoke,
    Loop,
    Propagate,
    Sample,
    Simple,
    Statement,
    refs,
)
from scgc.ir.types import DistType
from scgc.ops import operators


@dataclass(frozen=True)
class Below:
    """Of a node: its losses, in the program's order; the statements that lead to them from its values; the
    other values that these read, params and schedules left out. kind: the function of `scgc.runtime` that
    computes the costs; count: how many of the values are draws."""

    node: str
    kind: str
    count: int
    costs: tuple[str, ...]
    statements: tuple[Simple, ...]
    given: tuple[str, ...]


def belows(regions: Regions, leads: Leads) -> dict[str, Below]:
    """By node; no loss is below two of them. None where several players have losses of their own."""
    found: dict[str, Below] = {}
    train = regions.program.train
    if train is not None and len(train.players) > 1:
        return found
    for node, costs in leads.credit.downstream.items():
        sample = regions.top.by_name.get(node)
        if not isinstance(sample, Sample) or not with_weights(sample) or not costs:
            continue
        taken = {c for below in found.values() for c in below.costs}
        below = _Finder(regions, leads, sample, costs).below() if not taken & set(costs) else None
        if below is not None:
            found[node] = below
    return found


class _Finder:
    def __init__(self, regions: Regions, leads: Leads, node: Sample, costs: tuple[str, ...]) -> None:
        self.regions = regions
        self.leads = leads
        self.node = node
        self.costs = costs
        self.top = regions.top

    def below(self) -> Below | None:
        """None where the node's values have to go through the program together."""
        kind = estimator_of(self.node).beside
        options = self.node.estimator.options
        samples = options.get("samples")
        count = samples.dim.substitute(self.regions.known).value if isinstance(samples, DimOption) else 1
        statements = self.statements()
        if not kind or count is None or statements is None or self.regions.program.sizes:
            return None
        own = {self.node.result, *(s.result for s in statements)}
        read = dict.fromkeys(r for s in statements for r in self.reads(s))
        given = tuple(r for r in read if r not in own)
        if not all(self.is_plain(r) for r in given):
            return None
        return Below(self.node.result, kind, count, self.costs, statements, given)

    def statements(self) -> tuple[Simple, ...] | None:
        """What leads from the node to its losses, and the distributions that it reads, in order."""
        values = {c.name: c.value for c in self.regions.program.losses}
        wanted, following = self.above([values[c] for c in self.costs]), {self.node.result}
        found: list[Simple] = []
        for statement in self.top.statements:
            if not any(r.split(".")[0] in following for r in refs(statement)):
                continue
            following.add(statement.result)
            if isinstance(statement, Loop | Choice):
                return None
            if statement.result in wanted and not self.is_fixed(statement):
                return None
            found += [statement] if statement.result in wanted else []
        return self.with_distributions(tuple(found))

    def above(self, values: list[object]) -> set[str]:
        """The values of the program's body that these are made of."""
        waiting, found = [v for v in values if isinstance(v, str)], set[str]()
        while waiting:
            name = waiting.pop().split(".")[0]
            statement = self.top.by_name.get(name)
            if name not in found and statement is not None:
                found.add(name)
                waiting += self.reads(statement)
        return found

    def with_distributions(self, following: tuple[Simple, ...]) -> tuple[Simple, ...]:
        """The statements, and the distributions that they read, which are made anew of their parameters."""
        made = {s.result for s in following}
        for statement in reversed(following):
            for name in self.reads(statement):
                apply = self.top.by_name.get(name)
                if name not in made and isinstance(apply, Apply) and isinstance(apply.type, DistType):
                    made.add(name)
        return tuple(s for n, s in self.top.by_name.items() if n in made)

    def reads(self, statement: Simple) -> Iterator[str]:
        """The values of the program's body that a statement reads, params and schedules left out."""
        apart = {*self.regions.params, *self.regions.schedules}
        observed = statement.observe if isinstance(statement, Sample) else None
        for name in [observed] if observed is not None else refs(statement):
            if isinstance(name, str) and name not in apart:
                yield name

    # ---- what does not allow it

    def is_plain(self, name: str) -> bool:
        """Whether a value can be handed on: a tensor under a name of its own."""
        if name in self.top.args:
            return True
        outside = name in self.top.types and not self.top.within[name]
        return outside and not isinstance(self.top.types[name], DistType)

    def is_fixed(self, statement: Statement) -> bool:
        """Whether it gives the same for the same values, each example by itself."""
        region = self.top
        if statement.result in self.regions.selections[region.path] or self.regions.scorings:
            return False
        if isinstance(statement, Sample):
            return statement.observe is not None
        if isinstance(statement, Invoke) and len(self.regions.group(region, statement.result)) > 1:
            return False
        return self._is_fixed(region, statement)

    def _is_fixed(self, region: Region, statement: Statement) -> bool:
        match statement:
            case Apply(function=function):
                return not any(o.draws or o.across for o in operators().get(function, ()))
            case Invoke(net=net) | Propagate(net=net):
                inner = self.regions.by_path[net]
                if inner.net is None or inner.net.target is not None or self.reads_outside(inner):
                    return False
                return all(self._is_fixed(inner, s) for s in inner.by_name.values())
            case _:
                return False

    def reads_outside(self, region: Region) -> bool:
        """Whether a net reads values of the program's body."""
        apart = {*self.regions.params, *self.regions.schedules}
        names = {r for s in region.by_name.values() for r in refs(s)}
        return any(not self.regions.local(region, n) and n not in apart for n in names)
