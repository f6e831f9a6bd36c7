"""The program as the emitter looks at it: regions (the body and each net), what names in them stand for, and
what of them is asked for.

A *call path* such as `("left", "inner")` is one way to reach a net from the top: the calls to take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from scgc.emit.nodes import assembled
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, Invoke, Net, Operand, Program, Sample, refs
from scgc.ir.types import DistType, TensorType, Type, real

Statement = Apply | Invoke | Sample
CallPath = tuple[str, ...]


@dataclass
class Region:
    """The body of the program (path "") or of a net."""

    path: str
    net: Net | None
    args: dict[str, TensorType]
    statements: tuple[Statement, ...]
    by_name: dict[str, Statement] = field(init=False)

    def __post_init__(self) -> None:
        self.by_name = {s.result: s for s in self.statements}

    @property
    def draws(self) -> bool:
        """Whether a stochastic node stands here itself."""
        return any(isinstance(s, Sample) for s in self.statements)


class Regions:
    """Every region of a program, and look-ups across them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.known = program.dim_values()
        inputs = {i.name: i.type for i in program.inputs}
        self.top = Region("", None, inputs, program.body)
        self.by_path: dict[str, Region] = {"": self.top}
        self._add(program.nets, "")
        self.params = {p.name: p for p in program.params}
        self.schedules = {s.name: s for s in program.schedules}

    def _add(self, nets: tuple[Net, ...], outer: str) -> None:
        for net in nets:
            path = f"{outer}/{net.name}" if outer else net.name
            args = {a.name: a.type for a in net.args}
            self.by_path[path] = Region(path, net, args, net.body)
            self._add(net.nets, path)

    def __iter__(self) -> Iterator[Region]:
        return iter(self.by_path.values())

    # ---- names

    def local(self, region: Region, name: str) -> bool:
        """Whether a name is the region's own, and not the program's, seen from a net."""
        return name.split(".")[0] in region.by_name or name in region.args

    def type_of(self, region: Region, name: str) -> Type:
        """The type of a value as it is seen in a region."""
        if name in region.args:
            return region.args[name]
        if name in region.by_name:
            return region.by_name[name].type
        if "." in name:
            first, rest = name.split(".", 1)
            call = region.by_name[first]
            assert isinstance(call, Invoke)
            return mapped_type(self.type_of(self.by_path[call.net], rest), call.mapped)
        if name in self.params:
            return self.params[name].type
        if name in self.schedules:
            return real()
        return self.type_of(self.top, name)

    def operand_type(self, region: Region, operand: Operand) -> Type:
        """The type of a value or literal."""
        match operand:
            case str():
                return self.type_of(region, operand)
            case bool():
                return TensorType(kind="bool")
            case int():
                return TensorType(kind="int")
            case float():
                return real()

    def node(self, region: Region, path: str) -> tuple[Region, Statement]:
        """The region and the statement of a dotted name."""
        *calls, name = path.split(".")
        for call in calls:
            statement = region.by_name[call]
            assert isinstance(statement, Invoke)
            region = self.by_path[statement.net]
        return region, region.by_name[name]

    def mapped_over(self, path: str) -> tuple[Dim, ...]:
        """The axes that the calls on the way to a node of the program are mapped over."""
        region, mapped = self.top, tuple[Dim, ...]()
        for call in path.split(".")[:-1]:
            statement = region.by_name[call]
            assert isinstance(statement, Invoke)
            mapped = (*mapped, *statement.mapped)
            region = self.by_path[statement.net]
        return mapped

    # ---- stochastic nodes

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Dotted names of the stochastic nodes, in order."""
        return tuple(self._nodes(self.top))

    def _nodes(self, region: Region) -> Iterator[str]:
        for statement in region.statements:
            if isinstance(statement, Sample):
                yield statement.result
            elif isinstance(statement, Invoke):
                for inner in self._nodes(self.by_path[statement.net]):
                    yield f"{statement.result}.{inner}"

    def draws(self, region: Region) -> bool:
        """Whether a call of the region's net draws."""
        return any(True for _ in self._nodes(region))

    def distribution_of(self, node: str) -> str:
        """The dotted name of the distribution value of a stochastic node of the program."""
        region, sample = self.node(self.top, node)
        assert isinstance(sample, Sample)
        if not self.local(region, sample.distribution):
            return sample.distribution
        before = node.rpartition(".")[0]
        return f"{before}.{sample.distribution}" if before else sample.distribution

    # ---- what is asked for

    @cached_property
    def required(self) -> dict[str, list[str]]:
        """Region path -> the values in it (dotted too) that are read from outside, by first mention."""
        found: dict[str, list[str]] = {path: [] for path in self.by_path}
        for region in self:
            for statement in region.statements:
                for name in refs(statement):
                    self._require(found, region, name)
        program = self.program
        costs = [c.value for c in (*program.losses, *program.metrics) if isinstance(c.value, str)]
        reports = [o for e in program.evaluations for u in e.report for o in u.inputs.values()]
        for name in [*costs, *(o for o in reports if isinstance(o, str)), *self.nodes]:
            self._require(found, self.top, name)
        for node in self.nodes:
            _, sample = self.node(self.top, node)
            if assembled(sample):
                self._require(found, self.top, self.distribution_of(node))
        return found

    def _require(self, found: dict[str, list[str]], region: Region, name: str) -> None:
        if "." not in name:
            return
        first, rest = name.split(".", 1)
        call = region.by_name[first]
        assert isinstance(call, Invoke)
        if rest not in found[call.net]:
            found[call.net].append(rest)
        self._require(found, self.by_path[call.net], rest)

    def exports(self, region: Region) -> list[str]:
        """What a call of the region's net gives beside its value, in the order of its body."""
        order = {s.result: i for i, s in enumerate(region.statements)}
        names = self.required[region.path]
        return sorted(names, key=lambda n: (order[n.split(".")[0]], names.index(n)))

    @cached_property
    def needed(self) -> dict[str, set[str]]:
        """Region path -> the names of its statements that something asks for."""
        return {region.path: self._needed(region) for region in self}

    def _needed(self, region: Region) -> set[str]:
        waiting = list(self.roots(region))
        needed: set[str] = set()
        while waiting:
            name = waiting.pop().split(".")[0]
            if name in needed or name not in region.by_name:
                continue
            needed.add(name)
            waiting += refs(region.by_name[name])
        return needed

    def roots(self, region: Region) -> list[str]:
        """What a region must compute: its results and stochastic nodes; at the top every named value."""
        nodes = [s.result for s in region.statements if isinstance(s, Sample)]
        if region.net is not None:
            result = [region.net.result] if isinstance(region.net.result, str) else []
            drawing = [
                s.result
                for s in region.statements
                if isinstance(s, Invoke) and self.draws(self.by_path[s.net])
            ]
            return [*result, *nodes, *drawing, *self.required[region.path]]
        named = [
            s.result
            for s in region.statements
            if not s.result.startswith("%") and isinstance(s.type, TensorType)
        ]
        program = self.program
        costs = [c.value for c in (*program.losses, *program.metrics) if isinstance(c.value, str)]
        reports = [o for e in program.evaluations for u in e.report for o in u.inputs.values()]
        weighed = [self.distribution_of(n) for n in self.nodes if assembled(self.node(self.top, n)[1])]
        return [*named, *nodes, *costs, *(o for o in reports if isinstance(o, str)), *weighed]

    @cached_property
    def uses(self) -> dict[str, Counter[str]]:
        """Region path -> how often each of its names is read by what is needed, or asked for from outside."""
        found: dict[str, Counter[str]] = {}
        for region in self:
            counter: Counter[str] = Counter()
            for statement in region.statements:
                if statement.result in self.needed[region.path]:
                    counter.update(refs(statement))
            if region.net is not None and isinstance(region.net.result, str):
                counter[region.net.result] += 1
            counter.update(self.required[region.path] if region.net else self.roots(region))
            found[region.path] = counter
        return found


def mapped_type(type_: Type, mapped: tuple[Dim, ...]) -> Type:
    """The type of a value inside a mapped call, seen from outside."""
    if isinstance(type_, DistType):
        event = type_.event
        return DistType(family=type_.family, event=event.with_shape((*mapped, *event.shape)))
    return type_.with_shape((*mapped, *type_.shape))
