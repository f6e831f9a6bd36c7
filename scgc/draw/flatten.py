"""First stage of drawing: the program with every call, loop and choice entered, as one graph of values."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scgc.draw.conditions import holds
from scgc.draw.flat import Box, Flat, Flow, Path, Role, Value, ValueKind
from scgc.ir.graph import (
    Apply,
    Choice,
    Cost,
    Invoke,
    Loop,
    Operand,
    Program,
    Propagate,
    Sample,
    Simple,
    Statement,
    Test,
)
from scgc.ir.types import TensorType, Type

_MEASURES = ("log_prob", "kl", "entropy")


def flatten(program: Program) -> Flat:
    """Every value of the program and of every call, at any depth."""
    flat = Flat(program)
    for declared in program.inputs:
        flat.values[declared.name] = Value(declared.name, (), "", "input", declared.type)
    for param in program.params:
        flat.values[param.name] = Value(param.name, (), "", "param", param.type)
    _Place(flat).enter(program.body)
    for cost in (*program.losses, *program.metrics):
        _add_cost(flat, cost)
    return flat


@dataclass(frozen=True)
class _Place:
    """Where statements stand: their region, the net it belongs to, the box they are drawn in."""

    flat: Flat
    region: Path = ()
    net: str = ""
    box: Path = ()

    def enter(self, body: tuple[Statement, ...]) -> None:
        for statement in body:
            match statement:
                case Apply():
                    self.read_inputs(statement)
                    self.define(statement, "apply")
                case Invoke() | Propagate():
                    self.call(statement)
                    self.define(statement, "call")
                case Sample():
                    self.read_distribution(statement)
                    self.define(statement, "sample")
                case Loop():
                    self.loop(statement)
                case Choice():
                    self.choose(statement)

    def name(self, local: str) -> str:
        return ".".join((*self.region, local))

    def value(self, local: str, kind: ValueKind, type_: Type | None, statement: Simple | None = None) -> None:
        name = self.name(local)
        self.flat.values[name] = Value(name, self.region, self.net, kind, type_, statement, self.box)

    def define(self, statement: Simple, kind: ValueKind) -> None:
        self.value(statement.result, kind, statement.type, statement)

    def read(self, head: str, slot: str, operand: Operand | None, role: Role = "data") -> None:
        """A flow from what an operand names here to the value `head`."""
        tail = self.flat.resolve(self.region, operand)
        if tail is not None:
            self.flat.flows.append(Flow(tail, head, slot, role))

    def inside(self, box: Box, net: str | None = None) -> _Place:
        """The place of what a box holds."""
        self.flat.boxes[box.path] = box
        return replace(self, region=box.region, box=box.path, net=self.net if net is None else net)

    # ---- one value

    def read_inputs(self, statement: Apply) -> None:
        for slot, operand in statement.inputs.items():
            for part in operand if isinstance(operand, tuple) else (operand,):
                again = statement.function in _MEASURES and self.known(statement, slot, part)
                self.read(self.name(statement.result), slot, part, "given" if again else "data")

    def known(self, measure: Apply, slot: str, operand: Operand | None) -> bool:
        """Whether an input of a measure tells nothing new: the observed value of the node, or its mask."""
        found = self.flat.resolve(self.region, operand)
        if slot == "where":
            about = self.flat.resolve(self.region, _one(measure.inputs.get("q")))
            return found is not None and about in self.flat.draws
        statement = self.flat.values[found].statement if found is not None else None
        return slot == "v" and isinstance(statement, Sample) and statement.observe is not None

    def read_distribution(self, sample: Sample) -> None:
        name = self.name(sample.result)
        self.read(name, "distribution", sample.distribution)
        for slot, operand in sample.estimator.inputs.items():
            self.read(name, slot, operand, "parameter")
        self.read(name, "prior", sample.prior, "prior")
        self.read(name, "observe", sample.observe, "observe")
        self.read(name, "where", sample.where, "where")
        for about, nodes in ((sample.distribution, self.flat.draws), (sample.prior, self.flat.priors)):
            found = self.flat.resolve(self.region, about)
            if found is not None:
                nodes.setdefault(found, name)

    def call(self, call: Invoke | Propagate) -> None:
        """A call of a net, on values or on the ends of every edge of a graph."""
        name, net = self.name(call.result), self.flat.program.net(call.net)
        args = call.args if isinstance(call, Invoke) else (call.dst, call.src)
        if isinstance(call, Propagate):
            self.read(name, "along", call.along, "along")
            self.read(name, "where", call.where, "where")
        if net.target is not None:
            for argument, operand in zip(net.args, args, strict=True):
                self.read(name, argument.name, operand)
            return
        box = Box((*self.box, call.result), (*self.region, call.result), call)
        within = self.inside(box, call.net)
        for argument, operand in zip(net.args, args, strict=True):
            self.read(within.name(argument.name), "", operand)
            within.value(argument.name, "argument", argument.type)
        within.enter(net.body)
        self.flat.results[name] = self.flat.resolve(box.region, net.result)
        within.read(name, "", net.result)

    # ---- several

    def loop(self, loop: Loop) -> None:
        within = self.inside(Box((*self.box, loop.result), (*self.region, loop.result), loop))
        for carry in loop.carried:
            within.value(carry.name, "carried", carry.type)
            self.read(within.name(carry.name), "", carry.start)
        if loop.item is not None:
            within.value(loop.item, "item", self.entry(loop.over))
            self.read(within.name(loop.item), "", loop.over)
        if loop.alive is not None:
            within.value(loop.alive, "alive", None)
        within.enter(loop.body)
        for carry in loop.carried:
            for source in within.sources(loop, carry.next, last=False):
                within.read(within.name(carry.name), "", source, "next")
            self.value(carry.result, "passed", carry.type)
            for source in within.sources(loop, carry.next, last=True):
                within.read(self.name(carry.result), "", source)

    def entry(self, over: str | None) -> Type | None:
        """The type of one entry of a sequence."""
        found = self.flat.resolve(self.region, over)
        type_ = self.flat.values[found].type if found is not None else None
        return type_.with_shape(type_.shape[1:]) if isinstance(type_, TensorType) else None

    def sources(self, loop: Loop, operand: Operand, last: bool) -> list[Operand]:
        """What a value at the end of the body can be, in the last round or in those before it: of a choice
        that depends on the round, only the side that is taken then."""
        for statement in loop.body:
            for merge in statement.merges if isinstance(statement, Choice) else ():
                if merge.result == operand and isinstance(statement, Choice):
                    taken = self.holds(statement.test, loop, last)
                    sides = [merge.then] if taken is not False else []
                    return sides + ([merge.orelse] if taken is not True else [])
        return [operand]

    def holds(self, test: Test, loop: Loop, last: bool) -> bool | None:
        known = self.flat.program.dim_values()
        end = loop.start + loop.count - 1
        if loop.alive is not None:  # any round may be an example's last
            return None
        low, high = (end, end) if last else (loop.start, end - 1)
        return holds(test, loop.index, low.substitute(known), high.substitute(known), known)

    def choose(self, choice: Choice) -> None:
        """The values of both sides are known outside by their own names."""
        for body, orelse in ((choice.body, False), (choice.orelse, True)):
            path = (*self.box, choice.result + (" else" if orelse else ""))
            self.inside(Box(path, self.region, choice, orelse)).enter(body)
        for merge in choice.merges:
            self.value(merge.result, "passed", merge.type)
            self.read(self.name(merge.result), "then", merge.then)
            self.read(self.name(merge.result), "orelse", merge.orelse)


def _one(operand: Operand | tuple[Operand, ...] | None) -> Operand | None:
    return None if isinstance(operand, tuple) else operand


def _add_cost(flat: Flat, cost: Cost) -> None:
    """A cost is the value it names, unless the program gave that value a name of its own."""
    value = flat.resolve((), cost.value)
    if value is not None and value not in flat.costs:
        found = flat.values[value]
        if not found.box and (value == cost.name or (found.unnamed and found.kind == "apply")):
            flat.costs[value] = cost
            return
    name = cost.name
    flat.values[name] = Value(name, (), "", "cost", None)
    flat.costs[name] = cost
    _Place(flat).read(name, "", cost.value)
