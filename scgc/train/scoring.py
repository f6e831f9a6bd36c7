"""What a trained model scores: means over validation and test data, and the `evaluate` blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from scgc.data.columns import Loaded, Split
from scgc.ir.graph import Evaluate
from scgc.ir.types import TensorType
from scgc.metrics import measures
from scgc.runtime import Model
from scgc.train.batches import Batch, ordered_batches, place
from scgc.train.compiled import Compiled
from scgc.train.device import placed
from scgc.train.evaluation import DRAWS, means, report
from scgc.train.plan import Plan
from scgc.train.runs import make_model
from scgc.train.sampling import value_type

EVALUATION_BATCH = 256
"""Examples at once in evaluation, where the training batch is smaller."""


@dataclass(frozen=True)
class Scoring:
    """A program with the data to measure it on. `evaluations` holds the data of each `evaluate` block."""

    compiled: Compiled
    plan: Plan
    device: torch.device
    data: Loaded | None
    evaluations: dict[str, Loaded | None]

    @property
    def measured_on(self) -> str:
        return "test data" if self.data else f"{DRAWS} draws"

    @property
    def validated(self) -> bool:
        """Whether the data has a part of its own for what is looked at while training."""
        return self.data is not None and "validation" in self.data.splits

    def part(self, name: str) -> Split | None:
        """A part of the data, where it is looked at; None where there is none."""
        return place(self.data.splits[name], self.device) if self.data else None

    def held_out(self) -> Split | None:
        """What is looked at while training."""
        return self.part("validation" if self.validated else "test")

    def means(self, model: Model, part: str) -> dict[str, float]:
        """Of losses and metrics over a part of the data."""
        return means(model, self.batches(self.part(part)))

    def batches(
        self,
        split: Split | None,
        limit: int | None = None,
        batch: int | None = None,
        as_given: bool = False,
    ) -> Iterable[Batch]:
        if split is None:
            return [{"batch": limit or DRAWS}]
        size = batch or max(self.plan.batch, EVALUATION_BATCH)
        return ordered_batches(split, size, self.device, limit, as_given)

    def block(self, model: Model, block: Evaluate) -> dict[str, float]:
        """Means, where the block has other data than training, and its measures."""
        data = self.evaluations[block.name]
        other = self.compiled.evaluated.get(block.name)
        if other is not None:
            model = self._changed(model, other, data)
        split = place(data.splits["test"], self.device) if data else None
        values: dict[str, float] = {}
        if (block.data is not None and not block.free) or not block.report:
            values = means(model, self.batches(split, block.examples, block.batch))
        if block.report:
            factors = self._factors(block, data)
            batches = self.batches(split, block.examples, block.batch, as_given=factors is not None)
            draws = block.draws or (DRAWS if block.free else 1)
            values |= report(model, batches, block.report, self._types(block), block.free, draws, factors)
        return values

    def _factors(self, block: Evaluate, data: Loaded | None) -> Tensor | None:
        """Of the examples that a block looks at, in the data's order; None where no measure asks."""
        if data is None or not any(measures()[use.name].factors for use in block.report):
            return None
        column = data.factors["test"]
        return column.take(torch.arange(min(block.examples or len(column), len(column))))

    def _types(self, block: Evaluate) -> dict[str, TensorType]:
        """Of the values that a block reports on."""
        program = self.compiled.program
        names = {str(operand) for use in block.report for operand in use.inputs.values()}
        found = {name: value_type(program, name) for name in names}
        return {n: t.substitute(program.dim_values()) for n, t in found.items() if t is not None}

    def _changed(self, model: Model, other: Compiled, data: Loaded | None) -> Model:
        """The trained model with the dims of an `evaluate` block."""
        made = placed(make_model(other.module, other.program.name, other.data_dims(data)), self.device)
        made.load_state_dict(model.state_dict())
        return made
