"""DCI: how a factor is predicted from the codes, by gradient-boosted trees (Eastwood and Williams 2018).

scikit-learn's trees over histograms take a fifteenth of the time of its older ones, but do not tell how much
a code is used. `importances` reads it from the splits: how much each lowered the loss.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from scgc.metrics.arrays import BINS, Reals, mean, pair, parts


class Dci(NamedTuple):
    """disentanglement: whether codes tell of one factor each; completeness: whether factors are told by one
    code each; informativeness: the accuracy of factors predicted for other examples. All in 0..1."""

    disentanglement: float
    completeness: float
    informativeness: float


def dci(codes: ArrayLike, factors: ArrayLike, *, bins: int = BINS, rounds: int = 100, seed: int = 0) -> Dci:
    """The three scores for codes `[n, d]` and factors `[n, f]`, learned from two thirds of the examples."""
    found, known = pair(codes, factors, bins)
    train, test = parts(len(found), seed)
    weights, accuracies = [], []
    for factor in known.T:
        if len(np.unique(factor[train])) < 2:
            continue
        model = boosted(rounds, seed).fit(found[train], factor[train])
        weights.append(importances(model, found.shape[1]))
        accuracies.append(model.score(found[test], factor[test]) if len(test) else np.nan)
    if not weights:
        return Dci(*[mean([])] * 3)
    table = np.stack(weights, 1)
    return Dci(_sureness(table), _sureness(table.T), mean(accuracies))


def boosted(rounds: int = 100, seed: int = 0) -> Any:
    """Trees of depth 3, the settings of scikit-learn's `GradientBoostingClassifier`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=rounds,
        max_depth=3,
        max_leaf_nodes=None,
        min_samples_leaf=1,
        early_stopping=False,
        random_state=seed,
    )


def importances(model: Any, codes: int) -> Reals:
    """The share of each code in what the splits of a fitted `boosted` lowered the loss by, `[codes]`."""
    gains = np.zeros(codes)
    for tree in (tree for trees in model._predictors for tree in trees):
        splits = tree.nodes[tree.nodes["is_leaf"] == 0]
        np.add.at(gains, splits["feature_idx"], np.maximum(splits["gain"], 0))
    total = gains.sum()
    return gains / total if total > 0 else gains


def _sureness(weights: Reals) -> float:
    """One less the entropy of each row, in units of the greatest possible, weighed by what is in the row."""
    total = weights.sum(1)
    shares = weights / np.where(total > 0, total, 1)[:, None]
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    sure = 1 + (shares * logs).sum(1) / max(np.log(weights.shape[1]), 1e-12)
    return float((sure * total).sum() / total.sum()) if total.sum() > 0 else 0.0
