"""Nets and fns: classes, methods and module-level functions."""

from __future__ import annotations

import ast as py
from functools import cached_property

from scgc.emit.body import Body
from scgc.emit.comments import Comments
from scgc.emit.expressions import constant, name
from scgc.emit.homes import Capture, Homes
from scgc.emit.module import Assign, Class, Do, Function, Line, Parameter, Return
from scgc.emit.names import Names
from scgc.emit.nodes import weight_name
from scgc.emit.printing import flat
from scgc.emit.region import Region
from scgc.emit.settings import Settings
from scgc.emit.tensors import tensor_of
from scgc.ir.graph import Net
from scgc.ir.types import DistType


class Nets:
    """Writes every net that is called."""

    def __init__(self, homes: Homes, comments: Comments) -> None:
        self.homes = homes
        self.regions = homes.regions
        self.comments = comments
        self.settings = Settings(homes)
        self.methods: dict[str, list[Function]] = {"": [], **{path: [] for path in homes.classes}}
        self.layers: dict[str, dict[str, py.expr]] = {"": {}, **{p: {} for p in homes.classes}}
        self.functions: list[Function] = []
        self.classes: list[Class] = []

    def write(self) -> None:
        """All of them: the inner ones of a class before it."""
        order = {path: i for i, path in enumerate(self.regions.by_path)}
        done: dict[str, Function] = {}
        for region in self.homes.live:
            if not self.homes.is_extern(region.path):
                done[region.path] = self.function(region)
        for path in sorted(done, key=lambda p: order[p]):
            if path in self.homes.functions:
                self.functions.append(done[path])
            elif path not in self.homes.classes:
                self.methods[self.homes.owner(path)].append(done[path])
        classes = {p: self.class_(self.regions.by_path[p], done[p]) for p in done if p in self.homes.classes}
        first = {p.split("/")[0]: order[p.split("/")[0]] for p in classes}
        ordered = sorted(classes, key=lambda p: (first[p.split("/")[0]], -p.count("/"), order[p]))
        self.classes = [classes[p] for p in ordered]

    def function(self, region: Region) -> Function:
        """A net's body as a function."""
        path, net = region.path, region.net
        assert net is not None
        settings = self.settings.parameters(path)
        scope = Names(self.homes.module.taken | {"batch", "lead", *settings.values()})
        trees: dict[str, py.expr] = {}
        parameters = [] if path in self.homes.functions else [Parameter("self")]
        for arg in net.args:
            local = scope.new(arg.name)
            trees[arg.name] = name(local)
            parameters.append(Parameter(local, "Tensor"))
        for capture in self.homes.captures(path):
            local = scope.new(capture.name.replace("/", "_") + ("_mask" if capture.kind == "mask" else ""))
            trees[f"{capture.kind} {capture.name}"] = name(local)
            parameters.append(Parameter(local, self.annotation(capture)))
        for key, local in settings.items():
            parameters.append(Parameter(local, "int | None" if key[-1] == "dims" else "int"))
        if not net.args and self.regions.draws(region):
            parameters.append(Parameter("lead", "tuple[int, ...]"))
        device = self.device(region, trees)
        body = Body(self.homes, region, self.comments, scope, device=device)
        body.trees |= trees
        body.locals |= {a.name: flat(trees[a.name]) for a in net.args}
        if not self.homes.leads.reads_shape(region):
            body.reusable |= {flat(trees[a.name]): a.name for a in net.args}
        body.write()
        result = self.result(body, region)
        if path not in self.homes.functions:
            self.layers[self.homes.owner(path)] |= body.layers
        title = self.title(path)
        returns = self.returns(region)
        return Function(title, parameters, returns, [*body.lines(), Return(result)], self.doc(region))

    def title(self, path: str) -> str:
        if path in self.homes.functions:
            return self.homes.functions[path]
        if path in self.homes.classes:
            return "forward"
        return self.homes.attribute(self.homes.holder(path), "net", path)

    def doc(self, region: Region) -> str:
        net = region.net
        assert net is not None
        return "" if region.path in self.homes.classes else net.doc

    def annotation(self, capture: Capture) -> str:
        match capture.kind:
            case "net":
                return "nn.Module" if capture.name in self.homes.classes else "Callable[..., Any]"
            case "schedule":
                constant = self.comments.is_constant(capture.name)
                return "float" if constant else "Tensor"
            case "value":
                dist = isinstance(self.regions.type_of(self.regions.top, capture.name), DistType)
                return "Distribution" if dist else "Tensor"
            case _:
                return "Tensor"

    def device(self, region: Region, trees: dict[str, py.expr]) -> py.expr | None:
        """Where tensors made from nothing belong."""
        if region.args:
            return py.Attribute(trees[next(iter(region.args))], "device", py.Load())
        held = [t for k, t in trees.items() if k.startswith("param ")]
        params = self.regions.program.params
        if (
            not held
            and params
            and region.path not in self.homes.functions
            and not self.homes.owner(region.path)
        ):
            held = [name(f"self.{self.homes.attribute('', 'param', params[0].name)}")]
        return py.Attribute(held[0], "device", py.Load()) if held else None

    def result(self, body: Body, region: Region) -> py.expr:
        """What a call gives: the value, then the stochastic nodes and distributions inside."""
        net = region.net
        assert net is not None and net.result is not None
        tree = body.tree(net.result)
        if body.is_number(net.result):
            tree = tensor_of(tree, body.device, net.result_type)
        exports = [self.export(body, region, e) for e in self.regions.asked.exports(region)]
        return py.Tuple([tree, *exports], py.Load()) if exports else tree

    def export(self, body: Body, region: Region, value: str) -> py.expr:
        """A value inside that is asked for from outside."""
        tree = body.trees[value]
        if not body.is_number(value):
            return tree
        return tensor_of(tree, body.device, self.regions.type_of(region, value))

    def returns(self, region: Region) -> str:
        exports = self.regions.asked.exports(region)
        if not exports:
            return "Tensor"
        return f"tuple[{', '.join(['Tensor', *(self.exported(region, e) for e in exports)])}]"

    def exported(self, region: Region, value: str) -> str:
        """The annotation of a value that a call gives beside its result."""
        if isinstance(self.regions.type_of(region, value), DistType):
            return "Distribution"
        last = value.rpartition(".")[2]
        weights = last.startswith(weight_name(""))
        return "Tensor | None" if weights or self.regions.may_be_none(region, value) else "Tensor"

    def class_(self, region: Region, forward: Function) -> Class:
        """A net with parameters of its own."""
        path, net = region.path, region.net
        assert net is not None
        body = self.created(path)
        dims = self.homes.data_dims[path]
        if dims and not path.startswith("/"):
            body = [*self.dim_lines(path), *body]
        init: list[Line] = [Do(name("super().__init__()")), *body]
        parameters = [Parameter("self"), *self.dim_parameters(path)]
        functions = [Function("__init__", parameters, "None", init)]
        functions += [*self.methods[path], forward]
        base = "Net" if path in self.drawing else "nn.Module"
        return Class(self.homes.classes[path], (base,), net.doc, functions=functions)

    @cached_property
    def drawing(self) -> set[str]:
        """The classes whose own code draws."""
        return {self.homes.owner(r.path) for r in self.homes.live if r.draws}

    def dim_parameters(self, owner: str) -> list[Parameter]:
        """The dimensions that the data brings, as arguments of a constructor."""
        names = self.homes.data_dims[owner]
        return [Parameter(self.homes.attribute(owner, "dim", n.removeprefix("data.")), "int") for n in names]

    def dim_lines(self, owner: str) -> list[Line]:
        names = [p.name for p in self.dim_parameters(owner)]
        return [Assign((f"self.{n}",), name(n)) for n in names]

    def created(self, owner: str) -> list[Line]:
        """The layers and nets that a class holds, as lines of its `__init__`."""
        lines: list[Line] = [Assign((f"self.{a}",), tree) for a, tree in self.layers[owner].items()]
        for path, net in self.held.get(owner, {}).items():
            attribute = self.homes.attribute(owner, "net", path)
            made = self.made(path, owner)
            if net.copies is not None:
                count = flat(self.homes.dim(net.copies, owner))
                made = name(f"nn.ModuleList({flat(made)} for _ in range({count}))")
            lines.append(Assign((f"self.{attribute}",), made))
        return lines

    @cached_property
    def held(self) -> dict[str, dict[str, Net]]:
        """By class the nets that it holds as modules."""
        found: dict[str, dict[str, Net]] = {}
        for region in self.regions:
            path = region.path
            module = path in self.homes.classes or self.homes.is_extern_net(path)
            if region.net is not None and module and self.homes.leads.paths[path]:
                found.setdefault(self.homes.holder(path), {})[path] = region.net
        return found

    def made(self, path: str, owner: str) -> py.expr:
        net = self.regions.by_path[path].net
        assert net is not None
        if net.target is not None:
            return name(f"{self.comments.extern(net.target)}()")
        arguments = [flat(self.homes.data_dim(owner, n)) for n in self.homes.data_dims[path]]
        return name(f"{self.homes.classes[path]}({', '.join(arguments)})")


__all__ = ["Nets", "constant"]
