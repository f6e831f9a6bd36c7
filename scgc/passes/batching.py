"""Calls of one net on parallel inputs, `left = digit(a)` and `right = digit(b)`, as one on twice the batch.

The calls stay apart in the graph, each with its stochastic nodes and its own credit; `side_by_side` brings
them together, `parallel_calls` tells which may be one. They may where the net treats every example alike:
each of its draws is then drawn for each example of each call as before. A shortcut that is drawn once for a
batch is drawn once for each call's part of it (`Settings`); other values of a whole batch forbid it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_

from scgc.analysis.credit import credit
from scgc.emit.generating import generates
from scgc.emit.guards import Guard, Inputs
from scgc.emit.leads import Leads
from scgc.emit.nodes import estimator_of
from scgc.emit.region import Region
from scgc.emit.regions import CallPath, Regions, Together
from scgc.ir.graph import (
    Apply,
    Invoke,
    Net,
    Operand,
    Program,
    Sample,
    Statement,
    bodies,
    refs,
    results,
    walk,
)
from scgc.ir.types import TensorType
from scgc.ops import operators

Group = tuple[str, ...]

Kind = tuple[object, ...]


def side_by_side(program: Program) -> Program:
    """The program with calls that could be one right behind each other."""
    finder = Finder(program)

    def moved(path: str, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        groups = finder.groups(finder.regions.by_path[path])
        return gathered(body, groups) if groups else body

    def within(net: Net, outer: str) -> Net:
        path = f"{outer}/{net.name}" if outer else net.name
        inner = tuple(within(n, path) for n in net.nets)
        return net.replace(nets=inner, body=moved(path, net.body))

    nets = tuple(within(net, "") for net in program.nets)
    return program.replace(nets=nets, body=moved("", program.body))


def parallel_calls(program: Program) -> Together:
    """By region, the groups of calls that stand behind each other and may be one."""
    finder = Finder(program)
    found: Together = {}
    for region in finder.regions:
        order = {s.result: i for i, s in enumerate(region.statements)}
        groups = [
            group for group in finder.groups(region) if order[group[-1]] - order[group[0]] == len(group) - 1
        ]
        if groups:
            found[region.path] = tuple(groups)
    return found


def gathered(body: tuple[Statement, ...], groups: list[Group]) -> tuple[Statement, ...]:
    """The statements with the calls of each group together, at the first: what the others need goes before
    it. Of groups that need each other, one stays apart."""
    places = {name: place for place, statement in enumerate(body) for name in given(statement)}
    together = {name: group for group in groups for name in group}
    begun: set[Group] = set()
    written: dict[int, Statement] = {}
    waiting = list(reversed(range(len(body))))
    while waiting:
        place = waiting.pop()
        group = together.get(body[place].result)
        if group is None or group in begun:
            written.setdefault(place, body[place])
        elif place not in written:
            begun.add(group)
            calls = [places[name] for name in group]
            needed = _above(body, places, calls, written)
            waiting += [*reversed(calls), *sorted(needed, reverse=True)]
    return tuple(written.values())


def _above(
    body: tuple[Statement, ...], places: Mapping[str, int], calls: list[int], written: Mapping[int, Statement]
) -> set[int]:
    """The places of what calls depend on, but for what is written already."""
    found: set[int] = set()
    waiting = list(calls)
    while waiting:
        read = {places.get(first(name)) for name in refs(body[waiting.pop()])}
        new = {place for place in read if place is not None and place not in written} - found
        found |= new
        waiting += new
    return found


def first(name: str) -> str:
    """The call or loop that a dotted name begins with."""
    return name.split(".")[0]


def given(statement: Statement) -> Iterator[str]:
    """The names by which those that follow know a statement and what stands in it."""
    yield from (statement.result, *results(statement))
    yield from (inner.result for inner in walk(bodies(statement)))


class Finder:
    """Finds groups of calls in a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.regions = Regions(program)
        self.leads = Leads(self.regions, credit(program))
        self.inputs = Inputs(self.regions)
        self.possible = not generates(program)

    def groups(self, region: Region) -> list[Group]:
        """The calls of a region's own that may be one, in their order."""
        if not self.possible or not self.leads.paths[region.path]:
            return []
        groups: list[list[str]] = []
        alike: dict[Kind, int] = {}  # the groups of a kind as bits of a number
        above: dict[str, int] = {}  # so the groups on which a value depends
        for statement in region.statements:
            depends = reduce(or_, (above.get(first(n), 0) for n in refs(statement)), 0)
            kind = self.kind(region, statement)
            if kind is not None:
                apart = alike.get(kind, 0) & ~depends
                bit = apart & -apart or 1 << len(groups)  # the first of them, or a new one
                groups += [] if apart else [[]]
                groups[bit.bit_length() - 1].append(statement.result)
                alike[kind] = alike.get(kind, 0) | bit
                depends |= bit
            above |= dict.fromkeys(given(statement), depends)
        return [tuple(g) for g in groups if len(g) > 1]

    # ---- one call

    def alone(self, region: Region, call: Invoke) -> bool:
        """Whether a call by itself may become a part of a larger one."""
        if call.mapped or call.result not in self.regions.asked.needed[region.path]:
            return False
        paths = self.leads.paths[region.path]
        if not any(self.is_batch(region, o) for o in call.args):
            return False
        return all((*p, call.result) in self.leads.values for p in paths) and all(
            self.is_plain((*p, call.result), call.net) for p in paths
        )

    def is_batch(self, region: Region, operand: Operand) -> bool:
        """Whether a value is a tensor with exactly the batch in front, on every way to here."""
        if not isinstance(operand, str):
            return False
        return all(self.leads.lead(p, operand).count == 1 for p in self.leads.paths[region.path])

    def is_plain(self, path: CallPath, net: str) -> bool:
        """Whether a net treats every example of a batch alike and by itself, and so do the nets inside."""
        region = self.regions.by_path[net]
        if region.net is None or region.net.target is not None or not region.args:
            return False
        given = [region.net.result, *self.regions.asked.exports(region)]
        if not all(self.is_given(region, path, o) for o in given):
            return False
        return all(self.is_simple(region, path, s) for s in region.statements)

    def is_given(self, region: Region, path: CallPath, operand: Operand | None) -> bool:
        """Whether what a call gives is a tensor that can be taken apart again."""
        if not isinstance(operand, str) or self.regions.may_be_none(region, operand):
            return False
        tensor = isinstance(self.regions.type_of(region, operand), TensorType)
        return tensor and self.leads.lead(path, operand).count == 1

    def is_simple(self, region: Region, path: CallPath, statement: Statement) -> bool:
        if bodies(statement) or not self.has_own(region, statement):
            return False
        match statement:
            case Apply(function=function):
                if any(isinstance(s, str) and self.sizes(statement) for s in refs(statement)):
                    return False
                declared = operators().get(function, ())
                if function == "dropres":
                    return self.leads.lead(path, statement.inputs["drop"]).count == 0  # type: ignore[arg-type]
                return not any(o.across for o in declared)
            case Invoke():
                return not statement.mapped and self.is_plain((*path, statement.result), statement.net)
            case Sample():
                one = self.leads.draws[path][statement.result].samples == 1
                each = estimator_of(statement).carries == "value" and not estimator_of(statement).module
                return one and each and statement.where is None
            case _:
                return False

    def sizes(self, statement: Apply) -> bool:
        """Whether a statement has to do with lengths that differ, for which a net is handed masks."""
        declared = {s.name for s in self.program.sizes}
        shape = statement.type.shape if isinstance(statement.type, TensorType) else ()
        return bool(declared) and any(declared & d.symbols for d in shape)

    def has_own(self, region: Region, statement: Statement) -> bool:
        """Whether all a statement reads is the net's own, or the same for all examples."""
        outside = [n for n in refs(statement) if not self.regions.local(region, n)]
        return all(self.leads.lead((), n).count == 0 for n in outside)

    # ---- several

    def kind(self, region: Region, call: Statement) -> Kind | None:
        """What calls have in common that differ in nothing but the examples; None where a statement is no
        call that may become a part of a larger one."""
        if not isinstance(call, Invoke) or not self.alone(region, call):
            return None
        same: list[object] = [call.net, call.copy_index, self.guard(region, call)]
        for operand in call.args:
            if self.is_batch(region, operand):
                same.append(None)
            elif self.has_batch(region, operand):
                return None
            else:
                same.append((type(operand), operand))
        return tuple(same)

    def has_batch(self, region: Region, operand: Operand) -> bool:
        return any(self.leads.lead(p, operand).count for p in self.leads.paths[region.path])

    def guard(self, region: Region, call: Invoke) -> Guard:
        """The inputs that may be missing and that a call depends on."""
        return self.inputs.guards.get(call.result, frozenset()) if region.net is None else frozenset()
