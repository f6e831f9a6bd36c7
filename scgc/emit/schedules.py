"""Schedules: constants are floats of the model, changing ones buffers that `advance` sets."""

from __future__ import annotations

import ast as py

from scgc.emit import expressions
from scgc.emit.comments import Comments, constant_schedule
from scgc.emit.expressions import constant, fill, name
from scgc.emit.homes import Homes
from scgc.emit.module import Assign, Do, Function, Line, Parameter, Return
from scgc.emit.names import Names
from scgc.emit.printing import flat
from scgc.ir.graph import Apply, DimOption, Operand, Schedule
from scgc.ops import operators

CLOCK = (
    Parameter("t", "float", "0.0"),
    Parameter("step", "int", "0"),
    Parameter("epoch", "float", "0.0"),
    Parameter("progress", "float", "0.0"),
)
"""What a schedule may read, with its values before training."""


class Schedules:
    """The lines of `__init__` and the method `advance`."""

    def __init__(self, homes: Homes, comments: Comments) -> None:
        self.homes = homes
        self.comments = comments
        self.all = homes.regions.program.schedules
        self.locals: dict[str, str] = {}
        self.names = Names({p.name for p in CLOCK} | homes.module.taken)

    def attribute(self, schedule: Schedule) -> str:
        """What holds the value in training."""
        if schedule.evaluated is None:
            return self.homes.attribute("", "schedule", schedule.name)
        return self.homes.attribute("", "schedule in training", f"training_{schedule.name}")

    def properties(self) -> list[Function]:
        """Those that are another number outside of training."""
        return [self._property(s) for s in self.all if s.evaluated is not None]

    def _property(self, schedule: Schedule) -> Function:
        own = name(f"self.{self.attribute(schedule)}")
        value, changing = constant(schedule.evaluated), schedule in self.changing()
        other = fill("torch.full_like({x}, {value})", {"x": own, "value": value}) if changing else value
        tree = fill("{a} if self.training else {b}", {"a": own, "b": other})
        doc = f"The schedule in training, {schedule.evaluated} outside of it."
        attribute = self.homes.attribute("", "schedule", schedule.name)
        kind = "Tensor" if changing else "float"
        return Function(attribute, [Parameter("self")], kind, [Return(tree)], doc, "property")

    def changing(self) -> list[Schedule]:
        return [s for s in self.all if not constant_schedule(self.all, s.name)]

    def created(self) -> list[Line]:
        """What `__init__` makes of them."""
        lines: list[Line] = []
        for schedule in self.all:
            attribute = self.attribute(schedule)
            doc = " ".join(schedule.doc.split())
            if constant_schedule(self.all, schedule.name):
                value = self._value(schedule, schedule.result)
                if isinstance(value, py.Constant) and isinstance(value.value, int):
                    value = constant(float(value.value))
                lines.append(Assign((f"self.{attribute}",), value, doc))
            else:
                call = fill("self.register_buffer({name}, torch.zeros(()))", {"name": constant(attribute)})
                lines.append(Do(call, doc))
        return lines

    def advance(self) -> Function | None:
        """The method that sets those that change."""
        body: list[Line] = []
        changing = self.changing()
        read = {o for s in changing for a in s.body for o in a.inputs.values()} | {s.result for s in changing}
        for schedule in changing:
            comment = self.comments.statement(self.homes.regions.top, schedule.name)
            value = self._value(schedule, schedule.result)
            attribute = self.attribute(schedule)
            if schedule.name in read:
                local = self.locals[schedule.name] = self.names.new(schedule.name)
                body.append(Assign((local,), value, comment))
                value, comment = name(local), ""
            body.append(Do(fill(f"self.{attribute}.fill_({{value}})", {"value": value}), comment))
        if not body:
            return None
        doc = "Set the schedules: clock `t` in ticks, step, epoch, progress from 0 to 1."
        return Function("advance", [Parameter("self"), *CLOCK], "None", body, doc)

    def _value(self, schedule: Schedule, operand: Operand) -> py.expr:
        """A value inside a schedule as an expression of Python numbers."""
        if not isinstance(operand, str):
            return constant(operand)
        for apply in schedule.body:
            if apply.result == operand:
                return self._apply(schedule, apply)
        if operand in self.locals:
            return name(self.locals[operand])
        if any(s.name == operand for s in self.all):
            return name(f"self.{self.attribute(next(s for s in self.all if s.name == operand))}")
        return name(operand)

    def _apply(self, schedule: Schedule, apply: Apply) -> py.expr:
        inputs = {k: v for k, v in apply.inputs.items() if v is not None and not isinstance(v, tuple)}
        scalar = next(
            o.scalar
            for o in operators()[apply.function]
            if o.scalar is not None and {s.name for s in o.parsed.slots} >= {*inputs, *apply.options}
        )
        fillings: dict[str, expressions.Filling] = {k: self._value(schedule, v) for k, v in inputs.items()}
        for key, option in apply.options.items():
            if isinstance(option, DimOption):
                fillings[key] = self.homes.dim(option.dim, "")
        return fill(scalar, fillings)


def used_texts(function: Function) -> str:
    """The text of a function's expressions."""
    return " ".join(flat(line.value) for line in function.body if isinstance(line, Assign | Do))
