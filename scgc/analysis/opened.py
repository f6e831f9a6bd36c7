"""A program with its calls opened, as the checks of its gradients ask it: `legality` and `doubts`."""

from __future__ import annotations

from functools import cached_property

from scgc.analysis.flow import Flow, flow
from scgc.analysis.gradients import influencing, reached
from scgc.diagnostics.base import Sink
from scgc.ir.graph import Apply, Invoke, Places, Program, Simple
from scgc.source import Span


class Opened:
    """`reached`: the values that the gradient of each cost reaches; `influencing`: those that change it."""

    def __init__(self, program: Program, places: Places, sink: Sink) -> None:
        self.program = program
        self.places = places
        self.sink = sink
        self.flow: Flow = flow(program)
        self.costs = {c.name: c.value for c in program.losses if isinstance(c.value, str)}
        self.reached = {name: reached(self.flow, value) for name, value in self.costs.items()}
        self.influencing = {name: influencing(self.flow, value) for name, value in self.costs.items()}
        self.drawn = [(name, node) for name, node in self.flow.samples if node.observe is None]
        self._told: set[tuple[str, Span | None]] = set()

    def span(self, name: str) -> Span | None:
        """Where a value stands, or the call it stands in."""
        region, local = self.flow.regions.get(name, ""), name.rpartition(".")[2]
        return self.places.of(region, local)

    def shown(self, name: str) -> str:
        """A node as `--set` names it: `digit.z` for the z of every call of digit."""
        region, local = self.flow.regions.get(name, ""), name.rpartition(".")[2]
        return f"{region.replace('/', '.')}.{local}" if region else local

    def once(self, kind: str, span: Span | None) -> bool:
        """Whether this is the first of its kind at this place: a net called twice is told of once."""
        first = (kind, span) not in self._told
        self._told.add((kind, span))
        return first

    def sources(self, name: str, slot: str) -> list[str]:
        """What feeds one input of a value."""
        return [a for a, edge in self.flow.graph.pred.get(name, {}).items() if edge.slot == slot]

    @cached_property
    def learned(self) -> set[str]:
        """The params, and the values that layers and nets in Python give."""
        params = {p.name for p in self.program.params}
        return params | {v for v, s in self.flow.statements.items() if self.owns_parameters(s)}

    def owns_parameters(self, statement: Simple) -> bool:
        """A layer, or a net that Python code of the user's defines."""
        if isinstance(statement, Invoke):
            net = self.program.net(statement.net)
            return net.kind == "net" and net.target is not None
        return isinstance(statement, Apply) and statement.layer is not None
