"""Statistical sample efficiency: what a predictor of factors learns from few examples (thesis 6.2.2)."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from scgc.metrics.arrays import BINS, Classes, Reals, mean, pair, parts
from scgc.metrics.linear import logistic
from scgc.metrics.trees import boosted

FEW, MANY = 100, 10_000


class Efficiency(NamedTuple):
    """ratio: the accuracy after few examples over that after many; few, many: the accuracies, means over
    factors."""

    ratio: float
    few: float
    many: float


def sample_efficiency(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    model: Literal["linear", "trees"] = "linear",
    bins: int = BINS,
    seed: int = 0,
) -> Efficiency:
    """How much of its accuracy a predictor has after 100 examples (Locatello et al. 2019, 5.5; thesis 6.2.2).

    Factors are predicted from codes by logistic regression or boosted trees, learned from 100 and from 10,000
    examples, or two thirds of those that there are, and tested on the last third.
    """
    found, known = pair(codes, factors, bins)
    train, test = parts(len(found), seed)
    few, many = (
        mean([_accuracy(model, found, factor, train[:count], test, seed) for factor in known.T])
        for count in (FEW, MANY)
    )
    return Efficiency(few / many if many else 0.0, few, many)


def _accuracy(model: str, codes: Reals, factor: Classes, train: Classes, test: Classes, seed: int) -> float:
    known = np.unique(factor[train])
    if len(known) < 2:
        return mean(factor[test] == known[0])
    chosen: Any = logistic() if model == "linear" else boosted(seed=seed)
    return float(chosen.fit(codes[train], factor[train]).score(codes[test], factor[test]))
