"""Which dimensions stand in front of each value's per-example shape: none, the batch, or more.

Values are followed along every call path, so that a net that is called with and without a batch, mapped, or
above a node that adds a sample axis is known to be; what its code may rely on is what all its calls have in
common.
"""

from __future__ import annotations

from dataclasses import dataclass

from scgc.analysis.credit import Credit
from scgc.emit.nodes import estimator_of, plates, weight_name
from scgc.emit.region import Region
from scgc.emit.regions import CallPath, Regions
from scgc.ir.graph import (
    Apply,
    Choice,
    DimOption,
    Invoke,
    Loop,
    Operand,
    Propagate,
    Sample,
    Statement,
    bodies,
    refs,
    settings,
)
from scgc.ir.types import DistType

MANY = 2


@dataclass(frozen=True)
class Lead:
    """batch: whether the batch axis is there; mapped: axes of mapped calls behind it; axes: numbers of the
    sample axes in front of it."""

    batch: bool = False
    mapped: int = 0
    axes: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        """0 for none, 1 for exactly the batch, MANY for anything else."""
        if not self.batch and not self.mapped and not self.axes:
            return 0
        return 1 if self.batch and not self.mapped and not self.axes else MANY

    def join(self, other: Lead) -> Lead:
        """Of a value computed from two."""
        return Lead(self.batch or other.batch, max(self.mapped, other.mapped), self.axes | other.axes)

    def covers(self, mapped: int) -> bool:
        """Whether there is one entry for each example and mapped element."""
        return self.batch and self.mapped >= mapped


@dataclass(frozen=True)
class Draw:
    """What one call path asks of a stochastic node's draw: how many samples it adds as an axis (1 for no
    axis), to how many dimensions the distribution is padded first, and how many of them are one example's.
    """

    samples: int = 1
    dims: int | None = None
    plates: int = 0


class Leads:
    """The leads of every value on every call path."""

    def __init__(self, regions: Regions, credit: Credit) -> None:
        self.regions = regions
        self.credit = credit
        self.several = len({a for a in credit.axes.values() if a is not None}) > 1
        self.values: dict[CallPath, dict[str, Lead]] = {}
        self.draws: dict[CallPath, dict[str, Draw]] = {}
        self.paths: dict[str, list[CallPath]] = {path: [] for path in regions.by_path}
        self.around: dict[CallPath, Lead] = {}
        inputs = {name: Lead(batch=True) for name in regions.top.args}
        self._follow(regions.top, (), inputs, Lead(batch=True))

    def _follow(self, region: Region, path: CallPath, args: dict[str, Lead], around: Lead) -> None:
        """`around`: what each of the region's elements stands for: the batch, the axes it is mapped over."""
        if path not in self.values:
            self.paths[region.path].append(path)
        self.around[path] = around
        self.values[path] = dict(args)
        self.draws[path] = {}
        self._statements(region, path, region.statements, around)

    def _statements(
        self, region: Region, path: CallPath, statements: tuple[Statement, ...], around: Lead
    ) -> None:
        found = self.values[path]
        for statement in statements:
            if statement.result not in self.regions.asked.needed[region.path] and not bodies(statement):
                continue
            match statement:
                case Loop():
                    self._loop(region, path, statement, around)
                case Choice():
                    self._statements(region, path, bodies(statement), around)
                    for merge in statement.merges:
                        both = self.lead(path, merge.then).join(self.lead(path, merge.orelse))
                        found[merge.result] = both
                case Propagate():
                    found[statement.result] = self._propagate(path, statement)
                case Invoke():
                    found[statement.result] = self._invoke(region, path, statement, around)
                case Sample():
                    found[statement.result] = self._sample(path, statement, around)
                case Apply(function="mask" | "length") if self._differs(statement):
                    found[statement.result] = Lead(True, around.mapped)
                case Apply():
                    lead = Lead()
                    for name in refs(statement):
                        lead = lead.join(self.lead(path, name))
                    found[statement.result] = lead

    def _differs(self, apply: Apply) -> bool:
        """Whether what an operator says of a length differs between examples."""
        declared = {s.name for s in self.regions.program.sizes}
        size = apply.options.get("size")
        return isinstance(size, DimOption) and bool(declared & size.dim.symbols)

    def _loop(self, region: Region, path: CallPath, loop: Loop, around: Lead) -> None:
        """Rounds until what they hand on has the same lead before and after."""
        found = self.values[path]
        part = Lead(True, around.mapped)
        if loop.item is not None:
            found[loop.item] = self.lead(path, loop.over)
        if loop.alive is not None:
            found[loop.alive] = part
        for carry in loop.carried:
            found[carry.name] = self.lead(path, carry.start)
            if loop.alive is not None:
                found[carry.name] = found[carry.name].join(part)
        while True:
            self._statements(region, path, loop.body, around)
            after = {c.name: found[c.name].join(self.lead(path, c.next)) for c in loop.carried}
            if loop.halt is not None and loop.alive is not None:
                found[loop.alive] = found[loop.alive].join(self.lead(path, loop.halt))
                after = {n: lead.join(found[loop.alive]) for n, lead in after.items()}
            if all(found[name] == lead for name, lead in after.items()):
                break
            found |= after
        found |= {c.result: found[c.name] for c in loop.carried}

    def _propagate(self, path: CallPath, call: Propagate) -> Lead:
        """Its message is asked for pairs: two axes more than the ends have in front."""
        callee = self.regions.by_path[call.net]
        lead = self.lead(path, call.dst).join(self.lead(path, call.src))
        inner = Lead(lead.batch, lead.mapped + 2)
        args = {name: Lead(inner.batch, inner.mapped, lead.axes) for name in callee.args}
        self._follow(callee, (*path, call.result), args, inner)
        return lead.join(self.lead(path, call.along))

    def lead(self, path: CallPath, operand: Operand | None) -> Lead:
        """Of a value or literal as seen on a call path."""
        if not isinstance(operand, str):
            return Lead()
        if "." in operand:
            first, rest = operand.split(".", 1)
            if self._region(path).loop(first) is not None:
                return self.lead(path, rest)
            call = self._region(path).by_name[first]
            assert isinstance(call, Invoke)
            return self._outside(path, call, self.lead((*path, first), rest))
        found = self.values[path].get(operand)
        if found is None and path and operand in self.values[()]:
            found = self.values[()][operand]
        return found or Lead()

    def _sample(self, path: CallPath, sample: Sample, around: Lead) -> Lead:
        q = self.lead(path, sample.distribution)
        for operand in (*settings(sample), sample.observe):
            q = q.join(self.lead(path, operand))
        region = self._region(path)
        type_ = self.regions.type_of(region, sample.distribution)
        assert isinstance(type_, DistType)
        inner = plates(type_) + around.mapped
        axis = self.credit.axes.get(self.name(path, sample.result))
        if sample.observe is not None:
            axis = None
        draw = Draw(plates=inner)
        if axis is not None and axis not in q.axes:
            option = sample.estimator.options.get("samples")
            samples: int | None = 1
            if estimator_of(sample).carries == "score" and isinstance(option, DimOption):
                samples = option.dim.substitute(self.regions.known).value
            dims = axis + 1 + inner if self.several and axis > 0 else None
            draw = Draw(samples=samples or 1, dims=dims, plates=inner)
        self.draws[path][sample.result] = draw
        axes = q.axes | ({axis} if axis is not None else set())
        lead = Lead(True, around.mapped, frozenset(axes))
        self.values[path][weight_name(sample.result)] = lead
        return lead

    def _region(self, path: CallPath) -> Region:
        region = self.regions.top
        for call in path:
            region = self.regions.inner(region, call)
        return region

    def name(self, path: CallPath, value: str) -> str:
        """The dotted name of a value in a call, with the loops on the way to it."""
        region, text = self.regions.top, ""
        for call in path:
            text += f"{region.within[call]}{call}."
            region = self.regions.inner(region, call)
        return f"{text}{region.within[value]}{value}"

    def _invoke(self, region: Region, path: CallPath, call: Invoke, around: Lead) -> Lead:
        callee = self.regions.by_path[call.net]
        target = self.target(path, call)
        inner = Lead(target.batch, target.mapped + len(call.mapped))
        args: dict[str, Lead] = {}
        for name, operand in zip(callee.args, call.args, strict=True):
            lead = self.lead(path, operand)
            args[name] = Lead(inner.batch, inner.mapped, lead.axes)
        self._follow(callee, (*path, call.result), args, inner)
        result = callee.net.result if callee.net else None
        found = target
        if callee.net is not None and callee.net.target is not None:
            for lead in args.values():
                found = found.join(Lead(axes=lead.axes))
            return found
        return self._outside(path, call, self.lead((*path, call.result), result))

    def _outside(self, path: CallPath, call: Invoke, lead: Lead) -> Lead:
        """The lead of a value inside a call as it is seen from outside, where the axes that the call is
        mapped over belong to the example."""
        return Lead(lead.batch, min(lead.mapped, self.target(path, call).mapped), lead.axes)

    def lacks_mapped(self, region: Region, call: Invoke, value: Operand | None) -> bool:
        """Whether a value inside a mapped call is the same for all elements, and has no axes for them."""
        if not call.mapped or not self.paths[region.path]:
            return False
        path = self.paths[region.path][0]
        whole = self.target(path, call).mapped + len(call.mapped)
        return self.lead((*path, call.result), value).mapped < whole

    def target(self, path: CallPath, call: Invoke) -> Lead:
        """The batch and mapped axes that all arguments of a call get, as the widest of them has."""
        target = Lead()
        for operand in call.args:
            target = target.join(self.lead(path, operand))
        if self.regions.draws(self.regions.by_path[call.net]):
            around = Lead(batch=True, mapped=self._mapped(path))
            target = target.join(around)
        return Lead(target.batch, target.mapped)

    def _mapped(self, path: CallPath) -> int:
        region, mapped = self.regions.top, 0
        for name in path:
            call = region.by_name[name]
            assert isinstance(call, Invoke | Propagate)
            mapped += len(call.mapped) if isinstance(call, Invoke) else 2
            region = self.regions.by_path[call.net]
        return mapped

    # ---- what all calls have in common

    def parts(self, path: CallPath) -> int:
        """Of how many calls' examples the batch consists on a call path."""
        region, count = self.regions.top, 1
        for call in path:
            count *= len(self.regions.group(region, call))
            region = self.regions.inner(region, call)
        return count

    def count(self, region: Region, operand: Operand | None) -> int:
        """The lead of a value on which the region's code may rely."""
        counts = {self.lead(path, operand).count for path in self.paths[region.path]}
        return counts.pop() if len(counts) == 1 else MANY if counts else 0

    def is_short(self, region: Region, operand: Operand | None) -> bool:
        """Whether a value has no entry of its own for each example on some call."""
        paths = self.paths[region.path]
        return any(not self.lead(p, operand).covers(self._mapped(p)) for p in paths)

    def reads_shape(self, region: Region) -> bool:
        """Whether the code of a net reads the dimensions in front of an example off its first argument."""
        for statement in region.by_name.values():
            match statement:
                case Sample(distribution=q, observe=observed):
                    if self.is_short(region, q) or (observed is not None and self.is_short(region, observed)):
                        return True
                case Invoke(args=args):
                    for path in self.paths[region.path]:
                        target = self.target(path, statement)
                        found = [self.lead(path, operand) for operand in args]
                        if any((f.batch, f.mapped) != (target.batch, target.mapped) for f in found):
                            return True
                        if not args and self.regions.draws(self.regions.by_path[statement.net]):
                            return True
                case _:
                    pass
        return False

    def has_axes(self, region: Region, operand: Operand) -> bool:
        """Whether sample axes stand in front of the batch on some call."""
        return any(self.lead(p, operand).axes for p in self.paths[region.path])
