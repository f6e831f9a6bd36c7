"""Measures from examples that share the value of one factor: which factor was it?

Pairs are drawn from the table of examples by matching, with replacement. Where the examples are random
combinations this is what drawing new ones with a fixed factor gives, but that values come as often as they
are in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from scgc.metrics.arrays import BINS, Classes, Reals, pair

TRAIN, TEST, BATCH = 10_000, 5_000, 64
"""Points to learn from and to test on, and examples for a point (Locatello et al. 2019)."""

CHUNK = 1000
"""Points at once: 64 thousand codes."""


def beta_vae(
    codes: ArrayLike, factors: ArrayLike, *, bins: int = BINS, batch: int = BATCH, seed: int = 0
) -> float:
    """The BetaVAE score (Higgins et al. 2017, section 3), in 0..1.

    A point is the mean distance of the codes of 64 pairs that share one factor; the score is how often a
    linear classifier tells which, on points that it did not learn from: by chance one over the factors.
    """
    from scgc.metrics.linear import logistic

    found, known = pair(codes, factors, bins)
    if not known.shape[1]:
        return float("nan")
    random = np.random.default_rng(seed)
    groups = [Groups.of(column) for column in known.T]
    which = random.integers(len(groups), size=TRAIN + TEST)

    def point(k: int, count: int) -> Reals:
        first = random.integers(len(found), size=(count, batch))
        second = groups[k].partner(first, random)
        apart: Reals = np.abs(found[first] - found[second]).mean(1)
        return apart

    points = _by_factor(which, point, found.shape[1])
    if len(np.unique(which)) < 2:
        return 1.0
    model = logistic().fit(points[:TRAIN], which[:TRAIN])
    return float(model.score(points[TRAIN:], which[TRAIN:]))


def factor_vae(
    codes: ArrayLike, factors: ArrayLike, *, bins: int = BINS, batch: int = BATCH, seed: int = 0
) -> float:
    """The FactorVAE score (Kim and Mnih 2018, section 4), in 0..1.

    A point is the code that varies least, in units of its variance, among 64 examples that share one factor;
    the score is how often the factor which that code mostly stood for is the one, on other points. Codes that
    never change take no part.
    """
    found, known = pair(codes, factors, bins)
    found = found[:, found.std(0) > 0]
    if not known.shape[1]:
        return float("nan")
    if not found.shape[1]:
        return 0.0
    random = np.random.default_rng(seed)
    found = found / found.std(0)
    groups = [Groups.of(column) for column in known.T]
    which = random.integers(len(groups), size=TRAIN + TEST)

    def point(k: int, count: int) -> Reals:
        first = random.integers(len(found), size=(count, 1))
        rows = groups[k].partner(np.repeat(first, batch, 1), random)
        least: Reals = found[rows].var(1).argmin(1)[:, None].astype(np.float64)
        return least

    still = _by_factor(which, point, 1)[:, 0].astype(np.int64)
    votes = np.zeros((found.shape[1], len(groups)))
    np.add.at(votes, (still[:TRAIN], which[:TRAIN]), 1)
    return float((votes.argmax(1)[still[TRAIN:]] == which[TRAIN:]).mean())


@dataclass(frozen=True)
class Groups:
    """The examples by the value of a factor: `order[start[v] :][: size[v]]` have the value v."""

    value: Classes
    order: Classes
    start: Classes
    size: Classes

    @classmethod
    def of(cls, column: Classes) -> Groups:
        size = np.bincount(column)
        return cls(column, np.argsort(column, kind="stable"), np.cumsum(size) - size, size)

    def partner(self, rows: Classes, random: Generator) -> Classes:
        """For each row a random one of the same value."""
        value = self.value[rows]
        among: Classes = (random.random(rows.shape) * self.size[value]).astype(np.int64)
        found: Classes = self.order[self.start[value] + among]
        return found


def _by_factor(which: Classes, point: Callable[[int, int], Reals], width: int) -> Reals:
    """The points `[n, width]`: `point` draws some for a factor, in chunks."""
    points = np.empty((len(which), width))
    for k in range(int(which.max()) + 1):
        mine = np.flatnonzero(which == k)
        for start in range(0, len(mine), CHUNK):
            chosen = mine[start : start + CHUNK]
            points[chosen] = point(k, len(chosen))
    return points
