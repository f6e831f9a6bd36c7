"""Which nets own parameters, and what each is in the generated code: a class, a method, or a function of the
module that needs nothing of a class.
"""

from __future__ import annotations

from functools import cached_property

from scgc.emit.leads import Leads
from scgc.emit.region import Region
from scgc.emit.regions import Regions
from scgc.ir.dims import Dim
from scgc.ir.graph import (
    Apply,
    Choice,
    DimOption,
    Invoke,
    Loop,
    Propagate,
    Sample,
    Simple,
    Test,
    refs,
    walk,
)
from scgc.ir.types import TensorType
from scgc.ops import operators


class Owners:
    """Facts about the nets of a program, by path, and about what stands in them."""

    def __init__(self, regions: Regions, leads: Leads) -> None:
        self.regions = regions
        self.leads = leads

    @cached_property
    def live(self) -> list[Region]:
        """The regions that are called, the inner ones before those they stand in."""
        found = [r for r in self.regions if r.path and self.leads.paths[r.path]]
        return sorted(found, key=lambda r: -r.path.count("/"))

    @cached_property
    def messages(self) -> set[str]:
        """The nets whose code runs for the pairs or edges of a graph."""
        waiting = [s.net for r in self.regions for s in r.by_name.values() if isinstance(s, Propagate)]
        found: set[str] = set()
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                inner = self.regions.by_path[path].by_name.values()
                waiting += [s.net for s in inner if isinstance(s, Invoke | Propagate)]
        return found

    def statements(self, path: str) -> list[Simple]:
        """What of a region is emitted, inside of loops and choices too."""
        needed = self.regions.asked.needed[path]
        return [s for n, s in self.regions.by_path[path].by_name.items() if n in needed]

    def holders(self, path: str) -> list[Loop | Choice]:
        """The loops and choices of a region that are emitted."""
        return [s for s in walk(self.regions.by_path[path].statements) if isinstance(s, Loop | Choice)]

    def is_class(self, path: str) -> bool:
        """Whether a net owns parameters."""
        region = self.regions.by_path[path]
        if region.net is not None and region.net.target is not None:
            return False
        layers = any(isinstance(s, Apply) and s.layer for s in self.statements(path))
        nets = () if region.net is None else region.net.nets
        inner = [p for n in nets if self.leads.paths[p := f"{path}/{n.name}"]]
        return layers or any(self.is_class(p) or self.is_extern_net(p) for p in inner)

    def is_extern_net(self, path: str) -> bool:
        net = self.regions.by_path[path].net
        return net is not None and net.target is not None and net.kind == "net"

    def is_extern(self, path: str) -> bool:
        net = self.regions.by_path[path].net
        return net is not None and net.target is not None

    def is_function(self, path: str) -> bool:
        """Whether a net needs nothing of a class."""
        net = self.regions.by_path[path].net
        if net is not None and net.target is not None:
            return False
        return not self.is_class(path) and not self.uses_self(path)

    @cached_property
    def functions_of_module(self) -> set[str]:
        externs = {p for p in self.regions.by_path if self.is_extern(p) and not self.is_extern_net(p)}
        return {r.path for r in self.live if self.is_function(r.path)} | externs

    def passed_on(self, path: str) -> list[str]:
        """The value from outside that a net returns as it is."""
        region = self.regions.by_path[path]
        result = region.net.result if region.net else None
        return [result] if isinstance(result, str) and not self.regions.local(region, result) else []

    def uses_self(self, path: str) -> bool:
        """Whether a net without parameters draws, or reads what the class around it holds."""
        region = self.regions.by_path[path]
        for statement in self.statements(path):
            match statement:
                case Sample():
                    return True
                case Invoke(net=net) | Propagate(net=net):
                    if not self.is_function(net):
                        return True
                case Apply(function=function):
                    if function in operators() and operators()[function][0].draws:
                        return True
            for name in refs(statement):
                if not self.regions.local(region, name) and name not in self.regions.top.types:
                    return True
            if any(self.is_data(d) for d in _dims(statement)):
                return True
        if any(name not in self.regions.top.types for name in self.passed_on(path)):
            return True
        tests = [t for h in self.holders(path) if isinstance(h, Choice) for t in _words(h.test)]
        return "training" in tests or any(self.is_data(d) for h in self.holders(path) for d in held_dims(h))

    def is_data(self, dim: Dim) -> bool:
        """Whether only the data knows a dimension."""
        return any(s.startswith("data.") for s in dim.substitute(self.regions.known).symbols)


def held_dims(holder: Loop | Choice) -> list[Dim]:
    """The dimensions that a loop or choice itself names."""
    if isinstance(holder, Loop):
        return [holder.start, holder.count]
    return _compared(holder.test)


def _compared(test: Test) -> list[Dim]:
    found: list[Dim] = []
    for side in (test.left, test.right):
        found += [side] if isinstance(side, Dim) else _compared(side) if side is not None else []
    return found


def _words(test: Test) -> list[str]:
    return [test.op, *(w for side in (test.left, test.right) if isinstance(side, Test) for w in _words(side))]


def _dims(statement: Simple) -> list[Dim]:
    """The dimensions that may stand in a statement's code."""
    found: list[Dim] = []
    if isinstance(statement, Apply):
        for option in statement.options.values():
            for part in option if isinstance(option, tuple) else (option,):
                if isinstance(part, DimOption):
                    found.append(part.dim)
        if isinstance(statement.type, TensorType) and statement.type.size is not None:
            found.append(statement.type.size)
        if isinstance(statement.type, TensorType):
            found += list(statement.type.shape)
    if isinstance(statement, Invoke):
        found += statement.mapped
    return found
