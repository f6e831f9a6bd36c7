"""The program as a generator: nodes with a prior are drawn from it, and what was observed is drawn too.

The graph is rewritten and goes through the same emitter as `forward`: what only inferred the latent nodes,
or only measured them, falls away by itself.
"""

from __future__ import annotations

import ast as py
import copy

from scgc.analysis.credit import credit
from scgc.emit.body import Body
from scgc.emit.comments import Comments
from scgc.emit.expressions import call, constant, fill, name
from scgc.emit.guards import Inputs
from scgc.emit.homes import Homes
from scgc.emit.leads import Leads
from scgc.emit.lengths import length_lines
from scgc.emit.module import Assign, Function, If, Line, Parameter, Return
from scgc.emit.names import Names
from scgc.emit.output import Output
from scgc.emit.regions import Regions
from scgc.emit.settings import Settings
from scgc.ir.graph import (
    Apply,
    Choice,
    DimOption,
    Input,
    Loop,
    Program,
    Sample,
    Statement,
    Use,
    bodies,
    held,
    refs,
    results,
    walk,
)
from scgc.ir.types import DistType, TensorType

DOC = (
    "Draw from the model: nodes with a prior from it, observed nodes from their distributions. Nodes that are"
    " given keep their values; fields that generation does not compute are None."
)


def generates(program: Program) -> bool:
    """Whether a program has nodes that a generator draws otherwise than `forward` does."""
    nodes = [s for s in walk(program.body) if isinstance(s, Sample)]
    return any(n.prior is not None or n.observe is not None for n in nodes)


def given_name(node: str) -> str:
    """The input that brings the value of a node."""
    return f"{node}@0"


def generator(program: Program) -> Program:
    """The graph that generates."""
    apart = [s for s in program.body if isinstance(s, Sample)]
    given = {s.result: Input(name=given_name(s.result), type=s.type, optional=True) for s in apart}
    body = _rewritten(program.body, {s.result: s for s in walk(program.body) if isinstance(s, Apply)}, given)
    drawn = program.replace(
        inputs=(*program.inputs, *given.values()), body=body, losses=(), metrics=(), evaluations=()
    )
    regions = Regions(drawn)
    wanted = [n for n, s in regions.top.by_name.items() if isinstance(s, Sample)]
    # a loop or choice that draws runs as a whole: what it begins with is needed, read or not
    drawing = [s for s in walk(body) if isinstance(s, Loop | Choice) and _draws(s)]
    asked = Inputs(regions).above([*wanted, *(n for holder in drawing for n in held(holder))])
    gone = {i.name for i in program.inputs if i.name not in asked}
    gone |= {str(c.value) for c in (*program.losses, *program.metrics)} - asked
    inputs = tuple(i for i in drawn.inputs if i.name not in gone)
    rest = drawn.replace(inputs=inputs, body=_without(body, gone))
    needed = Regions(rest).asked.needed[""]
    alive = tuple(s for s in rest.body if s.result in needed or bodies(s))
    return rest.replace(body=alive)


def _draws(holder: Loop | Choice) -> bool:
    return any(isinstance(s, Sample) for s in walk(bodies(holder)))


def _rewritten(
    statements: tuple[Statement, ...], values: dict[str, Apply], given: dict[str, Input]
) -> tuple[Statement, ...]:
    found: list[Statement] = []
    for statement in statements:
        match statement:
            case Sample():
                observe = given[statement.result].name if statement.result in given else None
                drawn, more = _from_prior(statement, values)
                found += [*more, drawn.replace(observe=observe, prior=None)]
            case Loop():
                found.append(statement.replace(body=_rewritten(statement.body, values, {})))
            case Choice():
                sides = [_rewritten(s, values, {}) for s in (statement.body, statement.orelse)]
                found.append(statement.replace(body=sides[0], orelse=sides[1]))
            case _:
                found.append(statement)
    return tuple(found)


def _from_prior(node: Sample, values: dict[str, Apply]) -> tuple[Sample, list[Statement]]:
    """A node that is drawn from its prior, if it has one; a uniform prior is written out."""
    if node.prior is None:
        return node, []
    drawn = node.replace(distribution=node.prior, estimator=Use(name="score"))
    prior = values.get(node.prior)
    if prior is None or prior.options.get("uniform") is not True:
        return drawn, []
    assert isinstance(prior.type, DistType)
    logits = f"%logits{node.result}"
    zeros = Apply(
        result=logits,
        function="zeros",
        inputs={},
        options={"shape": tuple(DimOption(dim=d) for d in node.type.stored)},
        type=TensorType(kind="real", shape=node.type.stored),
    )
    uniform = Apply(
        result=f"%prior{node.result}",
        function=prior.type.family,
        inputs={"logits": logits},
        type=DistType(family=prior.type.family, event=node.type),
    )
    return drawn.replace(distribution=uniform.result), [zeros, uniform]


def _without(body: tuple[Statement, ...], dropped: set[str]) -> tuple[Statement, ...]:
    """The statements that do not depend on inputs that are not there."""
    gone = set(dropped)
    kept: list[Statement] = []
    for statement in body:
        reads = {n.split(".")[0] for n in (*refs(statement), statement.result)}
        if reads & gone and not any(isinstance(s, Sample) for s in walk([statement])):
            gone |= {statement.result, *results(statement)}
        else:
            kept.append(statement)
    return tuple(kept)


def generating(main: Regions) -> Leads | None:
    """The regions of the generator and their leads; None where `forward` draws all that one would."""
    if not generates(main.program):
        return None
    asked = {k: v for k, v in main.asked.required.items() if k.split(":")[0]}
    regions = Regions(generator(main.program), also=asked)
    return Leads(regions, credit(regions.program))


class Generate:
    """Writes `generate`, whose regions and leads are those of `generating`."""

    def __init__(self, homes: Homes, leads: Leads, comments: Comments, output: Output) -> None:
        self.main = homes
        self.output = output
        regions = leads.regions
        self.homes = copy.copy(homes)
        self.homes.regions, self.homes.leads = regions, leads
        self.regions = regions
        self.comments = comments
        self.inputs = Inputs(regions)

    def possible(self) -> bool:
        """Whether every net can be called as it is: without settings of how often it draws."""
        settings = Settings(self.main)
        return not any(settings.parameters(region.path) for region in self.main.live)

    def function(self) -> Function:
        """The method."""
        program, scope = self.regions.program, Names(self.homes.module.taken | {"batch"})
        locals_ = {i.name: scope.new(i.name) for i in program.inputs}
        sizes = {s.name: scope.new(s.name) for s in program.sizes}
        needed = [i for i in program.inputs if self.inputs.required(i.name)]
        body = Body(self.homes, self.regions.top, self.comments, scope, self.inputs.guards, self.device())
        body.trees |= {i: name(local) for i, local in locals_.items()}
        for size, length in sizes.items():
            body.trees |= {f"length {size}": name(length), f"mask {size}": name(scope.new(f"{size}_mask"))}
        body.write()
        lines: list[Line] = []
        if body.uses_batch and needed:
            lines.append(Assign(("batch",), name(f"{locals_[needed[0].name]}.shape[0]")))
        elif body.uses_batch:
            for given in (i for i in program.inputs if i not in needed):
                value = name(locals_[given.name])
                whole = Assign(("batch",), fill("{x}.shape[0]", {"x": value}))
                lines.append(If(fill("{x} is not None", {"x": value}), [whole]))
        rest = body.lines()
        lines += length_lines(body, locals_, sizes, {i.name for i in needed}, rest) + rest
        fields = [self.field(body, f) for f in self.output.fields]
        if self.output.players:
            fields.append(constant((None,) * len(self.output.players)))
        if self.output.program.losses:
            fields.append(constant(None))
        lines.append(Return(call("self.Output", *fields)))
        parameters = [Parameter("self"), *(Parameter(locals_[i.name], "Tensor") for i in needed)]
        parameters += [Parameter(local, "Tensor") for local in sizes.values()]
        if not needed:
            parameters.append(Parameter("batch", "int", "1"))
        parameters += [
            Parameter(locals_[i.name], "Tensor | None", "None") for i in program.inputs if i not in needed
        ]
        return Function("generate", parameters, "Output", lines, DOC)

    def field(self, body: Body, field: str) -> py.expr:
        """A field of the output; None for what is not computed here."""
        value = self.output.value_of(field)
        found = body.trees.get(value)
        return constant(None) if found is None or self.inputs.guards.get(value.split(".")[0]) else found

    def device(self) -> py.expr:
        params = self.regions.program.params
        if params:
            return name(f"self.{self.homes.attribute('', 'param', params[0].name)}.device")
        return name("next(self.parameters()).device")
