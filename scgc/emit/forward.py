"""The forward pass of a program: inputs, the statements of its body, costs, the loss, the output."""

from __future__ import annotations

import ast as py

from scgc.analysis.credit import Credit
from scgc.emit.body import Body
from scgc.emit.comments import Comments
from scgc.emit.expressions import constant, name
from scgc.emit.guards import Guard
from scgc.emit.homes import Homes
from scgc.emit.lengths import length_lines
from scgc.emit.module import Assign, For, Function, If, Line, Parameter, Return
from scgc.emit.names import Names
from scgc.emit.output import Output
from scgc.emit.surrogate import Surrogate, total


class Forward:
    """Writes `forward`; `locals` are the names of its inputs."""

    def __init__(self, homes: Homes, credit: Credit, comments: Comments, output: Output) -> None:
        self.homes = homes
        self.regions = homes.regions
        self.program = homes.regions.program
        self.credit = credit
        self.comments = comments
        self.output = output
        self.inputs = output.inputs
        self.scope = Names(homes.module.taken | {"loss", "batch"})
        self.locals = {i.name: self.scope.new(i.name) for i in self.program.inputs}
        self.sizes = {s.name: self.scope.new(s.name) for s in self.program.sizes}
        self.layers: dict[str, py.expr] = {}
        self.baselines: list[str] = []
        self.targets: list[str] = []

    def device(self) -> py.expr | None:
        for given in self.program.inputs:
            if self.inputs.required(given.name):
                return name(f"{self.locals[given.name]}.device")
        if self.program.params:
            return name(f"self.{self.homes.attribute('', 'param', self.program.params[0].name)}.device")
        return None

    def function(self) -> Function:
        """The method."""
        body = Body(
            self.homes, self.regions.top, self.comments, self.scope, self.inputs.guards, self.device()
        )
        body.trees |= {i: name(local) for i, local in self.locals.items()}
        body.locals |= self.locals
        for size in self.sizes:
            body.trees[f"length {size}"] = name(self.sizes[size])
            body.trees[f"mask {size}"] = name(self.scope.new(f"{size}_mask"))
        required = [i for i in self.program.inputs if self.inputs.required(i.name)]
        optional = [i for i in self.program.inputs if not self.inputs.required(i.name)]
        for below in self.homes.below.values():
            body.keep_for_later(below.given)
        body.write()
        closing = self.closing(body)
        lines = self.batch_lines(body, [i.name for i in required], [i.name for i in optional])
        rest = self.ordered(body, closing)
        lines += length_lines(body, self.locals, self.sizes, {i.name for i in required}, rest) + rest
        parameters = [Parameter("self")]
        parameters += [Parameter(self.locals[i.name], "Tensor") for i in required]
        parameters += [Parameter(local, "Tensor") for local in self.sizes.values()]
        parameters += [Parameter(self.locals[i.name], "Tensor | None", "None") for i in optional]
        if not required:
            parameters.append(Parameter("batch", "int", "1"))
        results = [self.result(body, value) for value in self.output.fields]
        if self.targets:
            results.append(py.Tuple([name(t) for t in self.targets], py.Load()))
        if self.program.losses:
            results.append(name("loss"))
        lines.append(Return(py.Call(name("self.Output"), results, [])))
        self.layers = body.layers
        return Function("forward", parameters, "Output", lines)

    def closing(self, body: Body) -> list[Line]:
        """The lines of the loss; of several players, of that of each, and of their sum."""
        players = self.output.players
        lines: list[Line] = []
        for number, player in enumerate(players):
            self.targets.append(self.scope.new(f"loss_{player.title}"))
            surrogate = Surrogate(self.homes, self.credit, body, number, self.targets[-1])
            lines += surrogate.write()
            self.baselines += surrogate.baselines
        if not players:
            surrogate = Surrogate(self.homes, self.credit, body)
            lines, self.baselines = surrogate.write(), surrogate.baselines
        else:
            lines.append(Assign(("loss",), total([name(t) for t in self.targets])))
        return lines

    def result(self, body: Body, field: str) -> py.expr:
        return body.tree(self.output.value_of(field))

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
            body.blocks.setdefault(self.output.loss_guard(), [])
        lines: list[Line] = list(body.blocks.pop(frozenset()))
        if not self.output.loss_guard():
            lines += closing
        guards = sorted(body.blocks, key=lambda g: (len(g), [i for i in self.locals if i in g]))
        for guard in guards:
            missing = self.missing(body, guard)
            # what a loop in the block begins with must not be lost
            held = [n for n in missing if n in {*self.locals.values(), *_assigned(lines)}]
            fresh = [n for n in missing if n not in held]
            if fresh:
                lines.append(Assign(tuple(fresh), constant(None), chained=True))
            last = closing if guard == self.output.loss_guard() else []
            orelse: list[Line] = [Assign(tuple(held), constant(None), chained=True)] if held else []
            lines.append(If(body.present(guard), [*body.blocks[guard], *last], orelse))
        return lines

    def missing(self, body: Body, guard: Guard) -> list[str]:
        """The results that are None without some inputs."""
        found = [
            tree.id
            for field in self.output.fields
            if self.output.field_guard(field) == guard
            and isinstance(tree := self.result(body, field), py.Name)
        ]
        if self.program.losses and self.output.loss_guard() == guard:
            found += [*self.targets, "loss"]
        return list(dict.fromkeys(found))


def _assigned(lines: list[Line]) -> set[str]:
    """The locals that lines give a value."""
    found: set[str] = set()
    for line in lines:
        match line:
            case Assign(targets=targets):
                found |= set(targets)
            case If(body=body, orelse=orelse):
                found |= _assigned([*body, *orelse])
            case For(body=body):
                found |= _assigned(body)
    return found
