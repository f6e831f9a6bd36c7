"""The values of one region as expressions: operands, dimensions, masks, what stands in front of examples."""

from __future__ import annotations

import ast as py

from scgc.emit import expressions
from scgc.emit.comments import Comments
from scgc.emit.expressions import constant, fill, name
from scgc.emit.guards import Guard
from scgc.emit.homes import Capture, Homes
from scgc.emit.lowering import Value
from scgc.emit.nodes import plates
from scgc.emit.region import Region
from scgc.emit.settings import LEAD, Agreed, Setting, Settings
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, Operand
from scgc.ir.types import DistType


class Values:
    """`trees` holds the expression of every value that has one, `numbers` those that are Python's numbers;
    device: where tensors made from nothing belong."""

    def __init__(self, homes: Homes, region: Region, comments: Comments, device: py.expr | None) -> None:
        self.homes = homes
        self.regions = homes.regions
        self.leads = homes.leads
        self.settings = Settings(homes)
        self.region = region
        self.comments = comments
        self.device = device
        self.owner = None if region.path in homes.functions else homes.owner(region.path)
        self.order = {argument: place for place, argument in enumerate(region.args)}
        self.trees: dict[str, py.expr] = {}
        self.numbers: set[str] = set()
        self.uses_batch = False

    def tree(self, operand: Operand) -> py.expr:
        """The expression of a value or literal."""
        if not isinstance(operand, str):
            return constant(operand)
        if operand in self.trees:
            return self.trees[operand]
        return self.captured(self.homes.capture(operand))

    def captured(self, capture: Capture) -> py.expr:
        """Something from outside, through `self` or as an argument."""
        if self.owner is not None and self.homes.reached(capture, self.owner):
            return name(f"self.{self.homes.attribute(self.owner, capture.kind, capture.name)}")
        if self.region.net is not None or capture.kind == "mask":
            return self.trees[f"{capture.kind} {capture.name}"]
        return self.trees[capture.name]

    def layer(self, apply: Apply) -> str:
        """The attribute that holds a statement's layer."""
        assert self.owner is not None and apply.layer is not None
        key = (self.owner, "layer", f"{self.region.path}:{apply.layer}")
        if key not in self.homes.given:
            self.homes.given[key] = self.homes.attributes[self.owner].new(apply.layer)
        return self.homes.given[key]

    def is_number(self, operand: Operand) -> bool:
        """Whether it is a plain Python number in the generated code."""
        if not isinstance(operand, str):
            return True
        if operand in self.numbers:
            return True
        own = operand in self.trees or self.regions.local(self.region, operand)
        return not own and operand in self.regions.schedules and self.comments.is_constant(operand)

    def value(self, operand: Operand) -> Value:
        return Value(
            self.tree(operand),
            self.regions.operand_type(self.region, operand),
            self.leads.count(self.region, operand),
            self.is_number(operand),
        )

    def dim(self, dim: Dim) -> py.expr:
        local = {s: self.trees[f"index {s}"] for s in dim.symbols if f"index {s}" in self.trees}
        for size in self.homes.sizes_in([dim]):
            width = fill("{m}.shape[-1]", {"m": self.captured(Capture("mask", size))})
            local[size] = width
        return self.homes.dim(dim, self.owner, local)

    def mask(self, dim: Dim) -> py.expr:
        """Which entries along an axis are an example's own: of a length, or of one more or less."""
        sizes = self.homes.sizes_in([dim])
        if not sizes:
            named = {"n": self.dim(dim), "device": self.device or constant(None)}
            return fill("torch.ones({n}, dtype=torch.bool, device={device})", named)
        tree = self.captured(Capture("mask", sizes[0]))
        more = (dim - Dim.of(sizes[0])).value or 0
        if more < 0:
            return fill("{m}[..., {n}:]", {"m": tree, "n": constant(-more)})
        return fill("F.pad({m}, ({n}, 0), value=True)", {"m": tree, "n": constant(more)}) if more else tree

    def counted(self, dim: Dim) -> py.expr:
        """A length that differs between examples, or what is computed from it, as a tensor of integers."""
        lengths: dict[str, py.expr] = {
            size: self.trees.get(f"length {size}")
            or fill("{m}.sum(-1)", {"m": self.captured(Capture("mask", size))})
            for size in self.homes.sizes_in([dim])
        }
        return self.homes.dim(dim, self.owner, lengths)

    # ---- the batch

    def lead_dims(self) -> list[py.expr]:
        """The dimensions in front of every example, as arguments of expand."""
        if self.region.net is None:
            self.uses_batch = True
            return [name("batch")]
        return [py.Starred(self.lead_shape(), py.Load())]

    def lead_shape(self) -> py.expr:
        """The dimensions in front of every example as a tuple; sample axes are none of them."""
        first = next(iter(self.region.args), None)
        if self.region.net is None or first is None:
            return py.Tuple(self.lead_dims(), py.Load()) if self.region.net is None else name("lead")
        rank = self.region.args[first].rank
        fillings: dict[str, expressions.Filling] = {"x": self.trees[first]}
        if not self.leads.has_axes(self.region, first):
            return fill("{x}.shape" + (f"[:{-rank}]" if rank else ""), fillings)
        count = self.setting(LEAD)
        assert count is not None
        if isinstance(count, py.Constant):
            start, end = -rank - int(str(count.value)), str(-rank) if rank else ""
            return fill(f"{{x}}.shape[{start}:{end}]", fillings) if start + rank else py.Tuple([], py.Load())
        fillings["n"] = count
        front = f"{{x}}.dim() - {rank} - {{n}}" if rank else "{x}.dim() - {n}"
        return fill(f"{{x}}.shape[{front}:{-rank if rank else ''}]", fillings)

    def over_batch(self, tree: py.expr, type_: DistType) -> py.expr:
        """A distribution with one entry for each example."""
        sizes = [self.dim(d) for d in type_.event.shape[: plates(type_)]]
        if not sizes:
            return fill("{q}.expand({shape})", {"q": tree, "shape": self.lead_shape()})
        shape = py.Tuple([*self.lead_dims(), *sizes], py.Load())
        return fill("{q}.expand({shape})", {"q": tree, "shape": shape})

    def setting(self, key: Setting) -> py.expr | None:
        """A draw's setting: a constant, or the parameter that brings it."""
        agreed = self.settings.agreed(self.region.path, key)
        if isinstance(agreed, Agreed):
            return constant(agreed.value)
        return name(self.settings.parameters(self.region.path)[key])

    def present(self, inputs: Guard) -> py.expr:
        """`x is not None` for each input."""
        given = sorted(inputs & self.order.keys(), key=self.order.__getitem__)
        tests = [fill("{x} is not None", {"x": self.trees[i]}) for i in given]
        return tests[0] if len(tests) == 1 else py.BoolOp(py.And(), tests)
