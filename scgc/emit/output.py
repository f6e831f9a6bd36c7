"""What a forward pass returns: its fields, and which of them need an input that may be missing."""

from __future__ import annotations

from scgc.emit.guards import Guard, Inputs
from scgc.emit.module import Class, Parameter
from scgc.emit.names import TUPLE_MEMBERS, Names
from scgc.emit.regions import Regions
from scgc.ir.graph import Player, results, shown, walk


class Output:
    """fields: the program's name of a value (`left.z`) -> its field."""

    def __init__(self, regions: Regions, inputs: Inputs) -> None:
        self.regions = regions
        self.program = regions.program
        self.inputs = inputs
        self.costs = {c.name: c.value for c in (*self.program.losses, *self.program.metrics)}
        self.values: dict[str, str] = {}
        self.fields = self._fields()

    @property
    def players(self) -> tuple[Player, ...]:
        """Several players; none where one minimises all losses."""
        train = self.program.train
        return () if train is None or len(train.players) < 2 else train.players

    def _fields(self) -> dict[str, str]:
        """The program's name of a value -> its field, in the order of the program."""
        values = [n for n in self._values() if n not in self.costs]
        for evaluate in self.program.evaluations:
            for use in evaluate.report:
                asked = [v for v in use.inputs.values() if isinstance(v, str)]
                values += [v for v in asked if v not in (*values, *self.costs, *self.regions.top.args)]
        names = Names(TUPLE_MEMBERS | ({"losses"} if self.players else set()))
        found: dict[str, str] = {}
        for value in (*values, *self.costs):
            name = value if shown(value) in found else shown(value)
            self.values[name] = value
            found[name] = names.new(name)
        return found

    def _values(self) -> list[str]:
        """The values with a name of their own and every stochastic node, in the order of the program."""
        top = self.regions.top
        order = {n: i for i, s in enumerate(walk(top.statements)) for n in (s.result, *results(s))}

        def place(value: str) -> int:
            parts = [p for p in value.split(".") if top.loop(p) is None]
            return order[parts[0]]

        return sorted(dict.fromkeys((*self.regions.asked.named, *self.regions.nodes)), key=place)

    def value_of(self, field: str) -> str:
        """The value behind a field."""
        cost = self.costs.get(field)
        return cost if isinstance(cost, str) else self.values[field]

    def field_guard(self, field: str) -> Guard:
        return self.inputs.guards.get(self.value_of(field).split(".")[0], frozenset())

    def may_be_empty(self, field: str) -> bool:
        """Whether it is of the rounds of a loop that may have none, or may not have been drawn."""
        if self.regions.may_be_none(self.regions.top, self.value_of(field)):
            return True
        first = self.value_of(field).split(".")[0]
        loop = self.regions.top.loop(first)
        sizes = {s.name for s in self.program.sizes}
        return loop is not None and bool(loop.count.symbols & sizes)

    def loss_guard(self) -> Guard:
        found: Guard = frozenset()
        for cost in self.program.losses:
            if isinstance(cost.value, str):
                found |= self.inputs.guards.get(cost.value, frozenset())
        for node in self.regions.weighing.needs:
            baseline = self.regions.weighing.baseline_of(node)
            found |= self.inputs.guards.get(str(baseline).split(".")[0], frozenset())
        return found

    def class_(self) -> Class:
        """The class of the result."""
        fields = [
            Parameter(
                field, "Tensor | None" if self.field_guard(value) or self.may_be_empty(value) else "Tensor"
            )
            for value, field in self.fields.items()
        ]
        if self.players:
            kind = "Tensor | None" if self.loss_guard() else "Tensor"
            fields.append(Parameter("losses", f"tuple[{', '.join([kind] * len(self.players))}]"))
        if self.program.losses:
            fields.append(Parameter("loss", "Tensor | None" if self.loss_guard() else "Tensor"))
        doc = "" if fields else "The program has no values."
        return Class("Output", ("NamedTuple",), doc, fields=fields)
