"""The program as the emitter looks at it: regions (the body and each net), what names in them stand for, and
what of them is asked for.

A *call path* such as `("left", "inner")` is one way to reach a net from the top: the calls to take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from scgc.analysis.bounds import averaged, is_bound
from scgc.emit.nodes import assembled, weight_name, with_weights
from scgc.emit.region import Region, mapped_type
from scgc.emit.scoring import Scoring, scorings
from scgc.emit.selecting import Selection, selections
from scgc.ir.dims import Dim
from scgc.ir.graph import (
    Choice,
    Invoke,
    Loop,
    Net,
    Operand,
    Program,
    Propagate,
    Sample,
    Simple,
    held,
    refs,
    results,
    shown,
    walk,
)
from scgc.ir.types import TensorType, Type, real

CallPath = tuple[str, ...]

Together = dict[str, tuple[tuple[str, ...], ...]]
"""By region the groups of calls of one net that are made as one, on the batches of all (`scgc.passes`)."""


class Regions:
    """Every region of a program, and look-ups across them."""

    def __init__(self, program: Program, together: Together | None = None) -> None:
        self.program = program
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

    def group(self, region: Region, call: str) -> tuple[str, ...]:
        """The calls that are made as one with this one."""
        return next((g for g in self.together.get(region.path, ()) if call in g), (call,))

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
        for node in region.by_name.values():
            if not isinstance(node, Sample) or not last.startswith("%"):
                continue
            titles = {node.distribution: "q_{}", node.prior: "p_{}", node.where: "{}_mask"}
            titles[weight_name(node.result)] = "weight_{}"
            titles[str(node.estimator.inputs.get("baseline"))] = "baseline_{}"
            if last in titles:
                return ".".join([*around, titles[last].format(node.result)])
        return value

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

    def distribution_of(self, node: str) -> str:
        """The dotted name of the distribution value of a stochastic node of the program."""
        region, sample = self.node(self.top, node)
        assert isinstance(sample, Sample)
        if not self.local(region, sample.distribution):
            return sample.distribution
        before = node.rpartition(".")[0]
        return f"{before}.{sample.distribution}" if before else sample.distribution

    def mask_of(self, node: str) -> str | None:
        """The dotted name of the mask of a stochastic node of the program."""
        _, sample = self.node(self.top, node)
        assert isinstance(sample, Sample)
        if sample.where is None:
            return None
        before = node.rpartition(".")[0]
        return f"{before}.{sample.where}" if before else sample.where

    def weights_of(self, node: str) -> str:
        """The dotted name of the weights of a stochastic node of the program."""
        before, _, last = node.rpartition(".")
        return f"{before}.{weight_name(last)}" if before else weight_name(last)

    @cached_property
    def weighed(self) -> dict[str, tuple[str, ...]]:
        """The stochastic nodes of which the loss needs more than the value, and the dotted names of what it
        needs: the weights, or the distribution and the mask."""
        found: dict[str, tuple[str, ...]] = {}
        for node in self.nodes if self.program.losses else ():
            _, sample = self.node(self.top, node)
            if with_weights(sample):
                found[node] = (self.weights_of(node),)
            elif assembled(sample):
                mask = self.mask_of(node)
                baseline = self.baseline_of(node)
                averages = (v for v, _ in self.averages_of(node)) if is_bound(sample) else ()
                found[node] = (
                    self.distribution_of(node),
                    *(v for v in (mask, baseline) if isinstance(v, str)),
                    *averages,
                )
        return found

    def averages_of(self, node: str) -> list[tuple[str, int]]:
        """The values, with the signs, of which losses below a node of the program are log_mean_exp."""
        found = [averaged(self.top.by_name, c.value) for c in self.program.losses]
        below = [f for f in found if f is not None and node in self._above(f[0])]
        return list(dict.fromkeys(below))

    def _above(self, value: str) -> set[str]:
        """The values of the program's body on which one depends."""
        waiting, found = [value], set[str]()
        while waiting:
            name = waiting.pop().split(".")[0]
            if name not in found and name in self.top.by_name:
                found.add(name)
                waiting += refs(self.top.by_name[name])
        return found

    def baseline_of(self, node: str) -> Operand | None:
        """The value that is the baseline of a stochastic node of the program, by its dotted name."""
        region, sample = self.node(self.top, node)
        assert isinstance(sample, Sample)
        value = sample.estimator.inputs.get("baseline")
        if not isinstance(value, str) or not self.local(region, value):
            return value
        before = node.rpartition(".")[0]
        return f"{before}.{value}" if before else value

    def asks_weights(self, region: Region, node: str) -> bool:
        """Whether the loss needs the weights that come with a node's values."""
        if region is self.top:
            return node in self.weighed
        return weight_name(node) in self.required[region.path]

    # ---- what is asked for

    @cached_property
    def required(self) -> dict[str, list[str]]:
        """Region path -> the values in it (dotted too) that are read from outside, by first mention."""
        found: dict[str, list[str]] = {path: [] for path in self.by_path}
        for region in self:
            for statement in walk(region.statements):
                for name in refs(statement):
                    self._require(found, region, name)
        program = self.program
        costs = [c.value for c in (*program.losses, *program.metrics) if isinstance(c.value, str)]
        reports = [o for e in program.evaluations for u in e.report for o in u.inputs.values()]
        for name in [*costs, *(o for o in reports if isinstance(o, str)), *self.nodes]:
            self._require(found, self.top, name)
        for values in self.weighed.values():
            for value in values:
                self._require(found, self.top, value)
        return found

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
        self._require(found, self.by_path[call.net], rest)

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
        return [*self.nodes, *(v for values in self.weighed.values() for v in values)]

    @cached_property
    def named(self) -> list[str]:
        """The values at the top that the program gives a name, of one with several versions the last."""
        found: dict[str, str] = {}
        for statement in self.top.statements:
            for result in results(statement):
                if not result.startswith("%") and isinstance(self.top.types[result], TensorType):
                    found.pop(shown(result), None)
                    found[shown(result)] = result
        return list(found.values())

    @cached_property
    def needed(self) -> dict[str, set[str]]:
        """Region path -> the names of its statements that something asks for."""
        return {region.path: self._needed(region) for region in self}

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
                if isinstance(s, Invoke) and self.draws(self.by_path[s.net])
            ]
            return [*result, *nodes, *drawing, *self.required[region.path]]
        named = self.named
        program = self.program
        costs = [c.value for c in (*program.losses, *program.metrics) if isinstance(c.value, str)]
        reports = [o for e in program.evaluations for u in e.report for o in u.inputs.values()]
        weighed = [v for values in self.weighed.values() for v in values]
        return [*named, *nodes, *costs, *(o for o in reports if isinstance(o, str)), *weighed]

    @cached_property
    def uses(self) -> dict[str, Counter[str]]:
        """Region path -> how often each of its names is read by what is needed, or asked for from outside."""
        found: dict[str, Counter[str]] = {}
        for region in self:
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

    # ---- draws without a value

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
