"""Which inputs a forward pass cannot do without, and which values need one that may be missing.

Only losses, metrics and observed nodes may need an input that is not there: it defaults to None, and what
needs it is computed where it is given.
"""

from __future__ import annotations

from scgc.emit.regions import Regions
from scgc.ir.graph import Apply, Sample, refs
from scgc.ir.types import TensorType

Guard = frozenset[str]
"""The inputs whose presence a value needs."""


class Inputs:
    """guards: value -> the inputs that may be missing and that it depends on; under `observe NODE` those of
    what a node observes.
    """

    def __init__(self, regions: Regions) -> None:
        self.regions = regions
        self.program = regions.program
        self.needed = self._needed()
        self.guards: dict[str, frozenset[str]] = {}
        for given in self.program.inputs:
            if not self.required(given.name):
                self.guards[given.name] = frozenset({given.name})
        for statement in regions.top.statements:
            if isinstance(statement, Sample) and statement.observe is not None:
                self.guards[f"observe {statement.result}"] = self._of(statement.observe)
            self.guards[statement.result] = self._guard(statement)

    def required(self, name: str) -> bool:
        """Whether the forward pass needs an input."""
        return name in self.needed

    def _of(self, operand: object) -> frozenset[str]:
        if not isinstance(operand, str):
            return frozenset()
        return self.guards.get(operand.split(".")[0], frozenset())

    def _guard(self, statement: object) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        if isinstance(statement, Sample):
            for operand in (statement.distribution, *statement.estimator.inputs.values()):
                found |= self._of(operand)
            return found
        for operand in refs(statement):  # type: ignore[arg-type]
            found |= self._of(operand)
        if isinstance(statement, Apply) and statement.function == "log_prob":
            found |= self._observed(statement)
        return found

    def _observed(self, apply: Apply) -> frozenset[str]:
        """The negative log-likelihood of a node is one where what it observes is there."""
        v = apply.inputs.get("v")
        statement = self.regions.top.by_name.get(v) if isinstance(v, str) else None
        same = isinstance(statement, Sample) and statement.distribution == apply.inputs.get("q")
        return self.guards.get(f"observe {v}", frozenset()) if same else frozenset()

    def _needed(self) -> set[str]:
        """The inputs that named values and the distributions of stochastic nodes depend on."""
        program, top = self.program, self.regions.top
        costs = {c.value for c in (*program.losses, *program.metrics)}
        waiting: list[str] = []
        for statement in top.statements:
            named = not statement.result.startswith("%") and isinstance(statement.type, TensorType)
            if isinstance(statement, Sample) or (named and statement.result not in costs):
                waiting.append(statement.result)
        seen: set[str] = set()
        while waiting:
            value = waiting.pop().split(".")[0]
            if value in seen:
                continue
            seen.add(value)
            statement_ = top.by_name.get(value)
            if isinstance(statement_, Sample):
                inputs = [o for o in statement_.estimator.inputs.values() if isinstance(o, str)]
                waiting += [statement_.distribution, *inputs]
            elif statement_ is not None:
                waiting += refs(statement_)
        return {i.name for i in program.inputs if i.name in seen and not i.optional}
