"""What a forward pass returns: its fields, and which of them need an input that may be missing."""

from __future__ import annotations

from scgc.emit.guards import Guard, Inputs
from scgc.emit.module import Class, Parameter
from scgc.emit.names import TUPLE_MEMBERS, Names
from scgc.emit.regions import Regions
from scgc.ir.graph import Invoke
from scgc.ir.types import TensorType


class Output:
    """fields: the program's name of a value (`left.z`) -> its field."""

    def __init__(self, regions: Regions, inputs: Inputs) -> None:
        self.regions = regions
        self.program = regions.program
        self.inputs = inputs
        self.fields = self._fields()

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

    def class_(self) -> Class:
        """The class of the result."""
        fields = [
            Parameter(field, "Tensor | None" if self.field_guard(value) else "Tensor")
            for value, field in self.fields.items()
        ]
        if self.program.losses:
            fields.append(Parameter("loss", "Tensor | None" if self.loss_guard() else "Tensor"))
        doc = "" if fields else "The program has no values."
        return Class("Output", ("NamedTuple",), doc, fields=fields)
