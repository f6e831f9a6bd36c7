"""When things happen in a run: the clock of the schedules, evaluations, epochs. Numbers only, no torch.

Rates are counted in exact fractions, so that `8 per epoch` gives eight ticks in every epoch however many
steps an epoch has.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from scgc.ir.graph import Rate


@dataclass(frozen=True)
class Clock:
    """Steps of a run. `per_epoch` is None where there is no data to go through."""

    total: int
    per_epoch: int | None
    ticks: Rate
    evaluate: Rate | None
    checkpoint: Rate | None = None

    def t(self, step: int) -> int:
        """The ticks before a step: the time `t` of the schedules."""
        return self._count(self.ticks, step)

    def epoch(self, step: int) -> float:
        return step / self.per_epoch if self.per_epoch else 0.0

    def progress(self, step: int) -> float:
        return step / self.total

    def evaluates(self, done: int) -> bool:
        """Whether an evaluation is due when `done` steps are done; always after the last."""
        if done == self.total:
            return True
        return self._falls(self.evaluate, done)

    def keeps(self, done: int) -> bool:
        """Whether the program asks for a checkpoint when `done` steps are done; always after the last."""
        return done == self.total or self._falls(self.checkpoint, done)

    def _falls(self, rate: Rate | None, done: int) -> bool:
        """Whether something that happens at a rate falls on a step."""
        return rate is not None and self._count(rate, done) != self._count(rate, done - 1)

    def _count(self, rate: Rate, step: int) -> int:
        times, steps = _exact(rate.count)
        if rate.per == "epoch":
            steps *= self.per_epoch or self.total
        return times * step // steps


@cache
def _exact(count: float) -> tuple[int, int]:
    return Fraction(str(count)).as_integer_ratio()
