"""How a model begins: its constructor, with the dimensions that only the data knows, and its parameters."""

from __future__ import annotations

from scgc.emit.expressions import constant, fill, name
from scgc.emit.homes import Homes
from scgc.emit.module import Assign, Do, Function, Line, Parameter
from scgc.emit.names import identifier
from scgc.emit.nets import Nets
from scgc.emit.schedules import Schedules
from scgc.ir.graph import Param
from scgc.ops.inits import inits


class Constructor:
    """Writes `__init__` and `reset_parameters`."""

    def __init__(self, homes: Homes, nets: Nets, schedules: Schedules) -> None:
        self.homes = homes
        self.program = homes.regions.program
        self.nets = nets
        self.schedules = schedules

    def init(self, baselines: list[str]) -> Function:
        """The constructor, with the baselines of score-function nodes."""
        lines: list[Line] = []
        lines += self.schedules.created()
        for param in self.program.params:
            lines.append(self.param(param))
        lines += self.nets.created("")
        for attribute in baselines:
            lines.append(Assign((f"self.{attribute}",), name("MovingAverage()")))
        if self.program.params:
            lines.append(Do(name("self.reset_parameters()")))
        if self.schedules.changing():
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
