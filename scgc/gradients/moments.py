"""Bias and variance of a random vector from draws of it, with an interval for the bias.

The squared bias is estimated without what the noise adds to it: over pairs of different groups of draws (a
U-statistic). Its interval is Student's, with a variance by the jackknife over groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt

import torch
from torch import Tensor

GROUPS = 20


@dataclass
class Draws:
    """Draws of a vector, kept as the means of groups of equal size. All is relative to the first draw, so
    that what has no noise has a variance of exactly 0."""

    first: Tensor | None = None
    means: list[Tensor] = field(default_factory=list)
    squares: list[float] = field(default_factory=list)
    size: int = 0

    def add(self, group: Sequence[Tensor]) -> None:
        """A group of draws, [parameters] each."""
        if self.first is None:
            self.first = group[0].clone()
        moved = [draw - self.first for draw in group]
        self.means.append(torch.stack(moved).mean(0) if len(moved) > 1 else moved[0])
        self.squares.append(sum(float(m.double().square().sum()) for m in moved))
        self.size = len(group)

    @property
    def count(self) -> int:
        return self.size * len(self.means)

    @property
    def mean(self) -> Tensor:
        assert self.first is not None
        return self.first.double() + torch.stack(self.means).double().mean(0)

    @property
    def variance(self) -> float:
        """The trace of the covariance of one draw."""
        centre = torch.stack(self.means).double().mean(0)
        spread = sum(self.squares) - self.count * float(centre.square().sum())
        return max(0.0, spread / max(1, self.count - 1))

    def without_each(self) -> Tensor:
        """[groups, parameters]: the mean without one group after the other."""
        assert self.first is not None
        groups = torch.stack(self.means).double()
        rest = (groups.sum(0) - groups) / (len(groups) - 1)
        return self.first.double() + rest

    @property
    def error(self) -> float:
        """The squared length by which the mean is off, expected."""
        return self.variance / self.count


@dataclass(frozen=True)
class Bias:
    """The length of the bias, with its 95 % interval. square: its square without what noise adds, which may
    be below 0."""

    length: float
    low: float
    high: float
    square: float


def bias(draws: Draws, truth: Draws) -> Bias:
    """Of draws against the mean of others, which may be one that has no noise."""
    away = draws.mean - truth.mean
    square = float(away.square().sum()) - draws.error - truth.error
    spread = _spread(draws, truth.mean) + _spread(truth, draws.mean)
    reach = student(min(len(d.means) for d in (draws, truth) if d.variance) - 1) if spread else 0.0
    half = reach * sqrt(spread)
    return Bias(_root(square), _root(square - half), _root(square + half), square)


def _spread(draws: Draws, other: Tensor) -> float:
    """The variance of the squared distance between a mean and what stands still: that of the jackknife, which
    is too small where both happen to be close, plus what it would be with no distance, 2 tr(S^2) for a mean
    with covariance S."""
    groups = len(draws.means)
    if not draws.variance or groups < 2:
        return 0.0
    found = (draws.without_each() - other).square().sum(1)
    jackknife = (groups - 1) / groups * float((found - found.mean()).square().sum())
    means = torch.stack(draws.means).double()
    means -= means.mean(0)
    products = (means @ means.T).square()
    between = float(products.sum() - products.diagonal().sum()) / (groups * (groups - 1))
    return jackknife + 2 * between / groups**2


def student(freedom: int) -> float:
    """The factor of a two-sided 95 % interval."""
    from scipy.stats import t

    return float(t.ppf(0.975, max(1, freedom)))


def _root(square: float) -> float:
    return sqrt(max(0.0, square))
