"""The program as the emitter looks at it: regions (the body and each net), what names in them stand for, and
what of them is asked for.

A *call path* such as `("left", "inner")` is one way to reach a net from the top: the calls to take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

from scgc.emit.asked import Asked
from scgc.emit.region import Region, mapped_type
from scgc.emit.scoring import Scoring, scorings
from scgc.emit.selecting import Selection, selections
from scgc.emit.weighing import Weighing
from scgc.ir.dims import Dim
from scgc.ir.graph import (
    Invoke,
    Net,
    Operand,
    Program,
    Propagate,
    Sample,
    Simple,
)
from scgc.ir.types import TensorType, Type, real

CallPath = tuple[str, ...]

Together = dict[str, tuple[tuple[str, ...], ...]]
"""By region the groups of calls of one net that are made as one, on the batches of all (`scgc.passes`)."""


class Regions:
    """Every region of a program, and look-ups across them."""

    def __init__(
        self,
        program: Program,
        together: Together | None = None,
        also: Mapping[str, list[str]] | None = None,
    ) -> None:
        """also: what is asked of nets besides, by another method that calls the same ones."""
        self.program = program
        self.also = also or {}
        self.together = together or {}
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

    @cached_property
    def grouped(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """The group of each call that is made as one with others, by region and call."""
        groups = [(path, group) for path, found in self.together.items() for group in found]
        return {(path, call): group for path, group in groups for call in group}

    def group(self, region: Region, call: str) -> tuple[str, ...]:
        """The calls that are made as one with this one."""
        return self.grouped.get((region.path, call), (call,))

    @cached_property
    def given_together(self) -> dict[str, Counter[tuple[Operand, ...]]]:
        """By region, how often values are the arguments of calls that are made as one."""
        found: dict[str, Counter[tuple[Operand, ...]]] = {}
        for path, groups in self.together.items():
            named = self.by_path[path].by_name
            calls = [[c for n in group if isinstance(c := named[n], Invoke)] for group in groups]
            given = (zip(*(c.args for c in group), strict=True) for group in calls)
            found[path] = Counter(operands for group in given for operands in group)
        return found

    # ---- names

    def local(self, region: Region, name: str) -> bool:
        """Whether a name is the region's own, and not the program's, seen from a net."""
        first = name.split(".")[0]
        return first in region.types or first in region.args or first in region.holders

    def type_of(self, region: Region, name: str) -> Type:
        """The type of a value as it is seen in a region."""
        if name in region.args:
            return region.args[name]
        if name in region.types:
            return region.types[name]
        if "." in name:
            first, rest = name.split(".", 1)
            loop = region.loop(first)
            if loop is not None:
                return mapped_type(self.type_of(region, rest), (loop.count,))
            call = region.by_name[first]
            assert isinstance(call, Invoke)
            return mapped_type(self.type_of(self.by_path[call.net], rest), call.mapped)
        if name in self.params:
            return self.params[name].type
        if name in self.schedules:
            return real()
        if region is self.top:
            raise KeyError(name)
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

    def node(self, region: Region, path: str) -> tuple[Region, Simple]:
        """The region and the statement of a dotted name."""
        *calls, name = path.split(".")
        for call in calls:
            region = self.inner(region, call)
        return region, region.by_name[name]

    def inner(self, region: Region, part: str) -> Region:
        """The region that a part of a dotted name leads into: a call's; a loop's is the same."""
        if region.loop(part) is not None:
            return region
        statement = region.by_name[part]
        assert isinstance(statement, Invoke | Propagate)
        return self.by_path[statement.net]

    def title(self, region: Region, value: str) -> str:
        """What a value is called that is asked for from outside a call or loop: distributions and masks
        without a name by their node."""
        *around, last = value.split(".")
        for part in around:
            region = self.inner(region, part)
        return ".".join([*around, region.titles.get(last, last)])

    def mapped_over(self, path: str) -> tuple[Dim, ...]:
        """The axes that the calls on the way to a node of the program are mapped over."""
        region, mapped = self.top, tuple[Dim, ...]()
        for part in path.split(".")[:-1]:
            loop = region.loop(part)
            statement = region.by_name.get(part)
            if loop is not None:
                mapped = (*mapped, loop.count)
            elif isinstance(statement, Invoke):
                mapped = (*mapped, *statement.mapped)
            region = self.inner(region, part)
        return mapped

    # ---- stochastic nodes

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Dotted names of the stochastic nodes, in order."""
        return tuple(self._nodes(self.top))

    def _nodes(self, region: Region) -> Iterator[str]:
        for name, statement in region.by_name.items():
            if isinstance(statement, Sample):
                yield region.within[name] + name
            elif isinstance(statement, Invoke):
                for inner in self._nodes(self.by_path[statement.net]):
                    yield f"{region.within[name]}{name}.{inner}"

    def draws(self, region: Region) -> bool:
        """Whether a call of the region's net draws."""
        return any(True for _ in self._nodes(region))

    @cached_property
    def weighing(self) -> Weighing:
        """What the loss needs of them."""
        return Weighing(self)

    # ---- what is asked for

    @cached_property
    def asked(self) -> Asked:
        """What is computed, and for what."""
        return Asked(self)

    @cached_property
    def selections(self) -> dict[str, dict[str, Selection]]:
        """Region path -> its relaxed draws that are made together with a product, by node."""
        return {region.path: selections(self, region) for region in self}

    @cached_property
    def scorings(self) -> dict[str, Scoring]:
        """The logits of the program's body that only a cross entropy needs in training, and that."""
        return scorings(self)

    @cached_property
    def unscored(self) -> set[str]:
        """The logits among them."""
        return {s.logits.result for s in self.scorings.values()}

    def may_be_none(self, region: Region, name: str) -> bool:
        """Whether a value is a draw that training may leave out, or stands in a choice."""
        *around, last = name.split(".")
        for part in around:
            if part in region.chosen:
                return True
            region = self.inner(region, part)
        return (
            last in region.chosen
            or last in self.selections[region.path]
            or (region is self.top and last in self.unscored)
        )
