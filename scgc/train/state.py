"""What changes during a run besides tensors, in one place; a checkpoint holds all of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from scgc.ir.graph import Select


@dataclass
class State:
    """The progress of a run.

    step: optimiser steps done. best, best_step: value and step of the best evaluation so far, by the plan's
    `select`. evaluation: the latest one. selected: the evaluation of what will be the result. saved: step
    of the latest checkpoint. evaluated: step of the latest evaluation. seconds: of training so far, as of the
    latest checkpoint.
    """

    step: int = 0
    best: float | None = None
    best_step: int | None = None
    saved: int | None = None
    evaluated: int = 0
    seconds: float = 0.0
    evaluation: dict[str, float] = field(default_factory=dict)
    selected: dict[str, float] = field(default_factory=dict)

    def improves(self, select: Select, values: dict[str, float]) -> bool:
        """Take in an evaluation; whether it is the best so far. Without a finite target none is."""
        self.evaluation = values
        if self.best is None:
            self.selected = values
        value = values.get(select.target or "", math.nan)
        if select.rule != "best" or not math.isfinite(value):
            return False
        better = self.best is None or (value > self.best if select.mode == "max" else value < self.best)
        if better:
            self.best, self.best_step, self.selected = value, self.step, values
        return better
