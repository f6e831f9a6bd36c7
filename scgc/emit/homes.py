"""Where the code of each region lives, what it captures, and what everything is called.

A net that owns parameters is a class; one that owns none is a method of the class around it, or a function
of the module if it needs nothing of a class. What a net reads from outside it reaches through `self` where
the same class holds it, else it is handed over as a further argument.
"""

from __future__ import annotations

import ast as py
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from scgc.emit import expressions
from scgc.emit.beside import Below, belows
from scgc.emit.leads import Leads
from scgc.emit.names import BUILTINS, MEMBERS, MODULES, Names, class_name, identifier, runtime_names
from scgc.emit.nodes import estimator_of
from scgc.emit.owners import Owners, held_dims
from scgc.emit.region import Region
from scgc.emit.regions import Regions
from scgc.ir.dims import Dim
from scgc.ir.graph import (
    Apply,
    DimOption,
    Invoke,
    Operand,
    Propagate,
    Sample,
    Simple,
    refs,
)
from scgc.ir.types import DistType


@dataclass(frozen=True)
class Capture:
    """What a net reads from outside: a param, a schedule, a value of the program's body or a net."""

    kind: str
    name: str


class Homes(Owners):
    """Owners, captures and names of a program's regions."""

    def __init__(
        self, regions: Regions, leads: Leads, imported: frozenset[str], observed: bool = False
    ) -> None:
        super().__init__(regions, leads)
        self.observed = observed
        self.module = Names(BUILTINS | MODULES | {"Model", "Net"} | imported)
        self.constants: dict[str, str] = {}
        for decl in regions.program.dims:
            if not any(s.startswith("data.") for s in decl.value.symbols):
                self.constants[decl.name] = self.module.new(decl.name, runtime_names())
        self.model = self.module.new(class_name(regions.program.name), runtime_names())
        self.classes = {
            r.path: self.module.new(class_name(r.path), runtime_names())
            for r in self.live
            if self.is_class(r.path)
        }
        self.functions = {
            r.path: self.module.new(identifier(r.path.replace("/", "_")), runtime_names())
            for r in self.live
            if self.is_function(r.path)
        }
        self.attributes: dict[str, Names] = {}
        self.given: dict[tuple[str, str, str], str] = {}
        self.captured: dict[str, list[Capture]] = {}
        self.data_dims: dict[str, list[str]] = {}
        for owner in ["", *self.classes]:
            self.attributes[owner] = Names(MEMBERS)
            self.data_dims[owner] = []
        for param in regions.program.params:
            self.attribute("", "param", param.name)
        for schedule in regions.program.schedules:
            self.attribute("", "schedule", schedule.name)
        for region in self.live:
            if region.net and region.path not in self.functions:
                self.attribute(self.holder(region.path), "net", region.path)

    @cached_property
    def below(self) -> dict[str, Below]:
        """By node what is computed once more of the values beside its draws."""
        return belows(self.regions, self.leads)

    # ---- owners

    def owner(self, path: str) -> str:
        """The class whose `self` a region's code has: the model's ("") or a net's path."""
        while path and path not in self.classes:
            path = path.rpartition("/")[0]
        return path

    def holder(self, path: str) -> str:
        """The class that holds a net as an attribute or method."""
        return self.owner(path.rpartition("/")[0])

    # ---- captures

    def captures(self, path: str) -> list[Capture]:
        """What is handed to a net as further arguments, in order of first use."""
        if path not in self.captured:
            self.captured[path] = [] if self.is_extern(path) else self._captures(path)
        return self.captured[path]

    def _captures(self, path: str) -> list[Capture]:
        region, owner = self.regions.by_path[path], self.owner(path)
        found: dict[Capture, None] = {}

        def add(capture: Capture) -> None:
            if not self.reached(capture, owner):
                found[capture] = None

        for statement in self.statements(path):
            for name in refs(statement):
                if not self.regions.local(region, name):
                    add(self.capture(name))
            for size in self.lengths(region, statement):
                add(Capture("mask", size))
            if isinstance(statement, Invoke | Propagate):
                if statement.net not in self.functions_of_module:
                    add(Capture("net", statement.net))
                for capture in self.captures(statement.net):
                    add(capture)
        for name in self.passed_on(path):
            add(self.capture(name))
        for holder in self.holders(path):
            for size in self.sizes_in(held_dims(holder)):
                add(Capture("mask", size))
        return list(found)

    def sizes_in(self, dims: Iterable[Dim]) -> list[str]:
        """The lengths that differ between examples on which dimensions depend."""
        declared = {s.name for s in self.regions.program.sizes}
        return [s for d in dims for s in sorted(d.symbols) if s in declared]

    def lengths(self, region: Region, statement: Simple) -> list[str]:
        """The lengths that differ between examples that a statement's code names."""
        dims: list[Dim] = []
        match statement:
            case Apply():
                for option in statement.options.values():
                    parts = option if isinstance(option, tuple) else (option,)
                    dims += [p.dim for p in parts if isinstance(p, DimOption)]
                type_ = statement.type
                event = type_.event if isinstance(type_, DistType) else type_
                if event.size is not None and (
                    statement.function == "onehot" or statement.options.get("uniform") is True
                ):
                    dims.append(event.size)
            case Invoke() if not all(statement.spread) or any(
                self.leads.lacks_mapped(region, statement, v) for v in self._given(statement)
            ):
                dims += statement.mapped
            case Sample() if (
                self.leads.is_short(region, statement.distribution)
                or estimator_of(statement).carries == "weights"
            ):
                dims += statement.type.shape
                dims += [statement.type.size] if statement.type.size is not None else []
        return self.sizes_in(dims)

    def _given(self, call: Invoke) -> list[Operand | None]:
        """The values inside a call that it gives."""
        callee = self.regions.by_path[call.net]
        if callee.net is None or callee.net.target is not None:
            return []
        return [callee.net.result, *self.regions.asked.exports(callee)]

    def capture(self, name: str) -> Capture:
        """A name of the program's top level."""
        if name in self.regions.params:
            return Capture("param", name)
        return Capture("schedule" if name in self.regions.schedules else "value", name)

    def reached(self, capture: Capture, owner: str) -> bool:
        """Whether a class holds it."""
        match capture.kind:
            case "value" | "mask":
                return False
            case "net":
                return self.holder(capture.name) == owner
            case _:
                return owner == ""

    # ---- names

    def attribute(self, owner: str, kind: str, name: str) -> str:
        """The attribute of a class that holds a param, schedule, net, layer, baseline or data dim."""
        key = (owner, kind, name)
        if key not in self.given:
            self.given[key] = self.attributes[owner].new(name.rpartition("/")[2])
        return self.given[key]

    def dim(self, dim: Dim, owner: str | None, local: Mapping[str, py.expr] | None = None) -> py.expr:
        """A dimension in the code of a class; module-level functions have only constant ones. `local`: what
        names stand for where the code stands."""
        tree = expressions.parse(str(dim))
        known = {d.name: d for d in self.regions.program.dims}

        class Resolve(expressions.Rewriting):
            def visit_Attribute(inner, node: py.Attribute) -> py.expr:
                named = [d.name for d in known.values() if str(d.value) == f"data.{node.attr}"]
                return self.data_dim(owner or "", (named or [f"data.{node.attr}"])[0])

            def visit_Name(inner, node: py.Name) -> py.expr:
                if local and node.id in local:
                    return local[node.id]
                if node.id in self.constants:
                    return expressions.name(self.constants[node.id])
                return self.data_dim(owner or "", node.id) if node.id in known else node

        return Resolve().visit(tree)  # type: ignore[no-any-return]

    def data_dim(self, owner: str, name: str) -> py.expr:
        """A dimension that the data brings, held by the class."""
        if name not in self.data_dims[owner]:
            self.data_dims[owner].append(name)
        return expressions.name("self." + self.attribute(owner, "dim", name.removeprefix("data.")))
