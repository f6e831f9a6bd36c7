"""The program as a class: its constructor, schedules, output and forward pass."""

from __future__ import annotations

import ast as py

from scgc.analysis.credit import Credit
from scgc.emit.body import Body, Guard
from scgc.emit.comments import Comments
from scgc.emit.expressions import constant, fill, name
from scgc.emit.guards import Inputs
from scgc.emit.homes import Homes
from scgc.emit.module import Assign, Blank, Class, Do, Function, If, Line, Parameter, Return
from scgc.emit.names import TUPLE_MEMBERS, Names, identifier
from scgc.emit.nets import Nets
from scgc.emit.schedules import Schedules
from scgc.emit.surrogate import Surrogate
from scgc.ir.graph import Cost, Invoke, Param
from scgc.ir.types import TensorType
from scgc.ops.inits import inits


class Model:
    """Writes the main class."""

    def __init__(self, homes: Homes, credit: Credit, comments: Comments, nets: Nets) -> None:
        self.homes = homes
        self.regions = homes.regions
        self.program = homes.regions.program
        self.credit = credit
        self.comments = comments
        self.nets = nets
        self.inputs = Inputs(self.regions)
        self.scope = Names(homes.module.taken | {"loss"})
        self.locals = {i.name: self.scope.new(i.name) for i in self.program.inputs}
        self.fields = self._fields()

    # ---- the output

    def _fields(self) -> dict[str, str]:
        """The program's name of a value -> its field, in the order of the program."""
        names = Names(TUPLE_MEMBERS)
        costs = [c.name for c in (*self.program.losses, *self.program.metrics)]
        found: dict[str, str] = {}
        for statement in self.regions.top.statements:
            result = statement.result
            if not result.startswith("%") and isinstance(statement.type, TensorType) and result not in costs:
                found[result] = names.new(result)
            if isinstance(statement, Invoke):
                for node in self.regions.nodes:
                    if node.startswith(f"{result}.") and node not in found:
                        found[node] = names.new(node)
        for evaluate in self.program.evaluations:
            for use in evaluate.report:
                for value in use.inputs.values():
                    known = isinstance(value, str) and (value in found or value in self.regions.top.args)
                    if isinstance(value, str) and not known and value not in costs:
                        found[value] = names.new(value)
        for cost in costs:
            found[cost] = names.new(cost)
        return found

    def value_of(self, field: str) -> str:
        """The value behind a field."""
        for cost in (*self.program.losses, *self.program.metrics):
            if cost.name == field and isinstance(cost.value, str):
                return cost.value
        return field

    def field_guard(self, field: str) -> Guard:
        return self.inputs.guards.get(self.value_of(field).split(".")[0], frozenset())

    def loss_guard(self) -> Guard:
        found: Guard = frozenset()
        for cost in self.program.losses:
            if isinstance(cost.value, str):
                found |= self.inputs.guards.get(cost.value, frozenset())
        return found

    def output(self) -> Class:
        fields = [
            Parameter(field, "Tensor | None" if self.field_guard(value) else "Tensor")
            for value, field in self.fields.items()
        ]
        if self.program.losses:
            fields.append(Parameter("loss", "Tensor | None" if self.loss_guard() else "Tensor"))
        return Class("Output", ("NamedTuple",), fields=fields)

    # ---- the class

    def class_(self) -> Class:
        """The whole class."""
        forward, surrogate, body = self.forward()
        self.nets.layers[""] += body.layers
        schedules = Schedules(self.homes, self.comments)
        advance = schedules.advance()
        init = self.init(schedules, advance is not None, surrogate)
        functions = [init]
        if self.program.params:
            functions.append(self.reset())
        if advance:
            functions.append(advance)
        functions += [*self.nets.methods[""], forward]
        return Class(
            self.homes.model,
            ("Model",),
            self.program.doc,
            classes=[self.output()] if self.fields or self.program.losses else [],
            constants=self.facts(),
            functions=functions,
        )

    def facts(self) -> list[Assign]:
        """What the class tells of the program; empty ones are the base class's."""
        program = self.program
        inputs = {self.locals[i.name]: str(i.type) for i in program.inputs}
        found: list[tuple[str, object]] = [
            ("program", program.name),
            ("inputs", inputs),
            ("fields", dict(self.fields)),
            ("losses", tuple(c.name for c in program.losses)),
            ("metrics", tuple(c.name for c in program.metrics)),
            ("schedules", tuple(self.homes.attribute("", "schedule", s.name) for s in program.schedules)),
            ("nodes", self.regions.nodes),
        ]
        return [
            Assign((key,), constant(value), annotation=self._annotation(value))
            for key, value in found
            if value
        ]

    @staticmethod
    def _annotation(value: object) -> str:
        return ": ClassVar[dict[str, str]]" if isinstance(value, dict) else ""

    def init(self, schedules: Schedules, advances: bool, surrogate: Surrogate) -> Function:
        lines: list[Line] = []
        lines += schedules.created()
        for param in self.program.params:
            lines.append(self.param(param))
        lines += self.nets.created("")
        for attribute, _ in surrogate.baselines:
            lines.append(Assign((f"self.{attribute}",), name("MovingAverage()")))
        if self.program.params:
            lines.append(Do(name("self.reset_parameters()")))
        if advances:
            lines.append(Do(name("self.advance()")))
        parameters = [Parameter("self"), *self.dim_parameters()]
        return Function(
            "__init__", parameters, "None", [Do(name("super().__init__()")), *self.dim_lines(), *lines]
        )

    # ---- dimensions that only the data knows

    def data_dims(self) -> list[str]:
        """Every declared dimension that only the data knows, and those that are read without a name."""
        declared = [d.name for d in self.program.dims if self.homes.is_data(d.value)]
        return [*declared, *(d for d in self.homes.data_dims[""] if d not in declared)]

    def dim_parameters(self) -> list[Parameter]:
        return [Parameter(identifier(d.removeprefix("data.")), "int") for d in self.data_dims()]

    def dim_lines(self) -> list[Line]:
        """Those that the code reads, kept."""
        return [
            Assign(
                (f"self.{self.homes.attribute('', 'dim', d.removeprefix('data.'))}",),
                name(identifier(d.removeprefix("data."))),
            )
            for d in self.data_dims()
            if d in self.homes.data_dims[""]
        ]

    # ---- parameters

    def param(self, param: Param) -> Assign:
        attribute = self.homes.attribute("", "param", param.name)
        shape = [self.homes.dim(d, "") for d in param.type.shape]
        made = "torch.empty({shape})" if shape else "torch.empty(())"
        tree = fill(f"nn.Parameter({made})", {"shape": shape})
        return Assign((f"self.{attribute}",), tree, " ".join(param.doc.split()))

    def reset(self) -> Function:
        """Initial values of the parameters that are no layer's."""
        lines: list[Line] = []
        for param in self.program.params:
            attribute = self.homes.attribute("", "param", param.name)
            last = self.homes.dim(param.type.shape[-1], "") if param.type.shape else constant(1)
            options = {k: constant(v) for k, v in param.init.options.items()}
            template = inits()[param.init.name].torch
            tree = fill(template, {"p": name(f"self.{attribute}"), "last": last, **options})
            lines.append(Do(tree))
        doc = "Initial values of the parameters that belong to no layer."
        return Function("reset_parameters", [Parameter("self")], "None", lines, doc)

    # ---- the forward pass

    def device(self) -> py.expr | None:
        for given in self.program.inputs:
            if self.inputs.required(given.name):
                return name(f"{self.locals[given.name]}.device")
        if self.program.params:
            return name(f"self.{self.homes.attribute('', 'param', self.program.params[0].name)}.device")
        return None

    def forward(self) -> tuple[Function, Surrogate, Body]:
        body = Body(
            self.homes, self.regions.top, self.comments, self.scope, self.inputs.guards, self.device()
        )
        body.trees |= {i: name(local) for i, local in self.locals.items()}
        required = [i for i in self.program.inputs if self.inputs.required(i.name)]
        optional = [i for i in self.program.inputs if not self.inputs.required(i.name)]
        if not required:
            self.scope.new("batch")
        body.write()
        surrogate = Surrogate(self.homes, self.credit, body)
        closing = surrogate.write()
        lines = self.batch_lines(body, [i.name for i in required], [i.name for i in optional])
        lines += self.ordered(body, closing)
        parameters = [Parameter("self")]
        parameters += [Parameter(self.locals[i.name], "Tensor") for i in required]
        parameters += [Parameter(self.locals[i.name], "Tensor | None", "None") for i in optional]
        if not required:
            parameters.append(Parameter("batch", "int", "1"))
        results = [self.result(body, value) for value in self.fields]
        if self.program.losses:
            results.append(name("loss"))
        lines.append(Return(py.Call(name("self.Output"), results, [])))
        return Function("forward", parameters, "Output", lines), surrogate, body

    def result(self, body: Body, field: str) -> py.expr:
        return body.tree(self.value_of(field))

    def batch_lines(self, body: Body, required: list[str], optional: list[str]) -> list[Line]:
        """`batch`, where something is drawn that depends on no input."""
        if not body.uses_batch:
            return []
        if required:
            return [Assign(("batch",), name(f"{self.locals[required[0]]}.shape[0]"))]
        return [
            If(
                name(f"{self.locals[i]} is not None"),
                [Assign(("batch",), name(f"{self.locals[i]}.shape[0]"))],
            )
            for i in optional
        ]

    def ordered(self, body: Body, closing: list[Line]) -> list[Line]:
        """The blocks: what always runs, then what needs inputs that may be missing."""
        if closing:
            body.blocks.setdefault(self.loss_guard(), [])
        lines: list[Line] = list(body.blocks.pop(frozenset()))
        if not self.loss_guard():
            lines += closing
        guards = sorted(body.blocks, key=lambda g: (len(g), [i for i in self.locals if i in g]))
        for guard in guards:
            missing = self.missing(body, guard)
            if missing:
                lines.append(Assign(tuple(missing), constant(None), chained=True))
            last = closing if guard == self.loss_guard() else []
            lines.append(If(body.present(guard), [*body.blocks[guard], *last]))
        return lines

    def missing(self, body: Body, guard: Guard) -> list[str]:
        """The results that are None without some inputs."""
        found = [
            tree.id
            for field in self.fields
            if self.field_guard(field) == guard and isinstance(tree := self.result(body, field), py.Name)
        ]
        if self.program.losses and self.loss_guard() == guard:
            found.append("loss")
        return list(dict.fromkeys(found))


__all__ = ["Blank", "Cost", "Model"]
