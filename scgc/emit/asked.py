"""What of a program is computed: what its loss, output and reports ask for, in every region."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from scgc.emit.nodes import weight_name
from scgc.emit.region import Region
from scgc.ir.graph import Choice, Invoke, Loop, Operand, Sample, held, refs, results, shown, walk
from scgc.ir.types import TensorType

if TYPE_CHECKING:
    from scgc.emit.regions import Regions


class Asked:
    """Of every region what is asked for from outside, what it needs for that, and how often it reads each."""

    def __init__(self, regions: Regions) -> None:
        self.regions = regions

    @cached_property
    def required(self) -> dict[str, list[str]]:
        """Region path -> the values in it (dotted too) that are read from outside, by first mention."""
        found: dict[str, list[str]] = {path: [] for path in self.regions.by_path}
        for region in self.regions:
            for statement in walk(region.statements):
                for name in refs(statement):
                    self._require(found, region, name)
        for name in [*self._told(), *self.regions.nodes, *self._weighed()]:
            self._require(found, self.regions.top, name)
        return found | dict(self.regions.also)

    def _require(self, found: dict[str, list[str]], region: Region, name: str) -> None:
        if "." not in name:
            return
        first, rest = name.split(".", 1)
        loop = region.loop(first)
        if loop is not None:
            asked = found.setdefault(f"{region.path}:{first}", [])
            if rest not in asked:
                asked.append(rest)
            self._require(found, region, rest)
            return
        call = region.by_name[first]
        assert isinstance(call, Invoke)
        if rest not in found[call.net]:
            found[call.net].append(rest)
        self._require(found, self.regions.by_path[call.net], rest)

    def kept(self, region: Region, loop: Loop) -> list[str]:
        """What of a loop's body is asked for from behind the loop, of every round."""
        return self.required.get(f"{region.path}:{loop.result}", [])

    def exports(self, region: Region) -> list[str]:
        """What a call of the region's net gives beside its value, in the order of its body."""
        order = {s.result: i for i, s in enumerate(walk(region.statements))}
        order |= {weight_name(result): place for result, place in order.items()}
        names = self.required[region.path]
        return sorted(names, key=lambda n: (order[n.split(".")[0]], names.index(n)))

    def given(self, region: Region) -> list[str]:
        """What a region gives beside its result: to its callers, or to the loss and the output."""
        if region.net is not None:
            return self.exports(region)
        return [*self.regions.nodes, *self._weighed()]

    @cached_property
    def named(self) -> list[str]:
        """The values at the top that the program gives a name, of one with several versions the last."""
        found: dict[str, str] = {}
        for statement in self.regions.top.statements:
            for result in results(statement):
                if not result.startswith("%") and isinstance(self.regions.top.types[result], TensorType):
                    found.pop(shown(result), None)
                    found[shown(result)] = result
        return list(found.values())

    @cached_property
    def needed(self) -> dict[str, set[str]]:
        """Region path -> the names of its statements that something asks for."""
        return {region.path: self._needed(region) for region in self.regions}

    def _needed(self, region: Region) -> set[str]:
        waiting = list(self.roots(region))
        needed: set[str] = set()
        while waiting:
            first, _, rest = waiting.pop().partition(".")
            if rest and region.loop(first) is not None:
                waiting.append(rest)
            if first in needed:
                continue
            holder = region.holders.get(first)
            if holder is not None:
                needed.add(first)
                waiting += _leads_to(holder, first)
            elif first in region.by_name:
                needed.add(first)
                waiting += refs(region.by_name[first])
            within = region.within.get(first, "")
            waiting += within.split(".")[:-1]
        return needed

    def roots(self, region: Region) -> list[str]:
        """What a region must compute: its results and stochastic nodes; at the top every named value."""
        nodes = [n for n, s in region.by_name.items() if isinstance(s, Sample)]
        if region.net is not None:
            result = [region.net.result] if isinstance(region.net.result, str) else []
            drawing = [
                n
                for n, s in region.by_name.items()
                if isinstance(s, Invoke) and self.regions.draws(self.regions.by_path[s.net])
            ]
            return [*result, *nodes, *drawing, *self.required[region.path]]
        return [*self.named, *nodes, *self._told(), *self._weighed(), *self._read_in_nets()]

    def _read_in_nets(self) -> list[str]:
        """The values at the top that nets read, which are no arguments of theirs."""
        top = self.regions.top
        read = (
            name
            for region in self.regions
            if region is not top
            for statement in walk(region.statements)
            for name in refs(statement)
            if not self.regions.local(region, name)
        )
        return [name for name in dict.fromkeys(read) if name in top.by_name]

    def _told(self) -> list[str]:
        """The values of losses and metrics, and what reports measure."""
        program = self.regions.program
        costs = [c.value for c in (*program.losses, *program.metrics)]
        reports = [o for e in program.evaluations for u in e.report for o in u.inputs.values()]
        return [value for value in (*costs, *reports) if isinstance(value, str)]

    def _weighed(self) -> list[str]:
        """What the loss needs of stochastic nodes beside their values."""
        return [value for values in self.regions.weighing.needs.values() for value in values]

    @cached_property
    def uses(self) -> dict[str, Counter[str]]:
        """Region path -> how often each of its names is read by what is needed, or asked for from outside."""
        found: dict[str, Counter[str]] = {}
        for region in self.regions:
            counter: Counter[str] = Counter()
            for name, statement in region.by_name.items():
                if name in self.needed[region.path]:
                    counter.update(refs(statement))
            for holder in {id(h): h for h in region.holders.values()}.values():
                counter.update(held(holder))
                if isinstance(holder, Loop):
                    counter.update(self.kept(region, holder))
            if region.net is not None and isinstance(region.net.result, str):
                counter[region.net.result] += 1
            counter.update(self.required[region.path] if region.net else self.roots(region))
            found[region.path] = counter
        return found


def _leads_to(holder: Loop | Choice, name: str) -> list[str]:
    """What a name that a loop or choice gives depends on."""
    found: list[Operand | None] = []
    match holder:
        case Loop():
            found = [holder.over, holder.halt]
            for carry in holder.carried:
                if name in (carry.name, carry.result):
                    found += [carry.start, carry.next]
        case Choice():
            found = [o for m in holder.merges if m.result == name for o in (m.then, m.orelse)]
    return [o for o in found if isinstance(o, str)]
