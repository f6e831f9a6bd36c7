"""Measures by linear predictors: what one code says of a factor, and what all together do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scgc.metrics.arrays import BINS, Classes, Reals, mean, pair, parts


def sap(codes: ArrayLike, factors: ArrayLike, *, bins: int = BINS, seed: int = 0) -> float:
    """The separated attribute predictability (Kumar et al. 2017, section 3), in 0..1.

    How much better the best code alone predicts a factor than the second best does; the mean over factors.
    Classes are predicted by a linear support vector machine, C = 0.01 and classes of equal weight, learned
    from two thirds of the examples (Locatello et al. 2019); a continuous factor is scored by the square of
    its correlation with the code.
    """
    found, known = pair(codes, factors, bins)
    numbers = np.asarray(factors, dtype=np.float64).reshape(len(found), -1)
    numbers = numbers[:, numbers.min(0) < numbers.max(0)]
    train, test = parts(len(found), seed)
    gaps = []
    for classes, column in zip(known.T, numbers.T, strict=True):
        whole = (column == np.round(column)).all()
        score = _separated(found, classes, train, test) if whole else _correlated(found, column)
        best = np.sort([0.0, *score])
        gaps.append(best[-1] - best[-2])
    return mean(gaps)


def explicitness(codes: ArrayLike, factors: ArrayLike, *, bins: int = BINS, seed: int = 0) -> float:
    """Whether a linear classifier reads factors from the codes (Ridgeway and Mozer 2018, section 3).

    The area under the curve of each class against the others, 0.5 by chance and 1 at best, on a third of the
    examples; the mean over the classes of each factor and over factors.
    """
    from sklearn.metrics import roc_auc_score

    found, known = pair(codes, factors, bins)
    train, test = parts(len(found), seed)
    scores = []
    for factor in known.T:
        if len(np.unique(factor[train])) < 2:
            continue
        model = logistic(balanced=True).fit(found[train], factor[train])
        chances = dict(zip(model.classes_, model.predict_proba(found[test]).T, strict=True))
        there = [c for c in chances if 0 < (factor[test] == c).sum() < len(test)]
        scores.append(mean([roc_auc_score(factor[test] == c, chances[c]) for c in there]))
    return mean(scores)


def logistic(balanced: bool = False) -> Any:
    """Multinomial logistic regression on codes of unit variance."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    weight = "balanced" if balanced else None
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, class_weight=weight))


def _separated(codes: Reals, classes: Classes, train: Classes, test: Classes) -> list[float]:
    """The accuracy of each code."""
    from sklearn.svm import LinearSVC

    def accuracy(code: Reals) -> float:
        if len(np.unique(classes[train])) < 2 or not len(test) or code.min() == code.max():
            return 0.0
        model = LinearSVC(C=0.01, class_weight="balanced", dual=False, max_iter=10_000)
        return float(model.fit(code[train], classes[train]).score(code[test], classes[test]))

    return [accuracy(code[:, None]) for code in codes.T]


def _correlated(codes: Reals, factor: Reals) -> list[float]:
    """The square of the correlation of each code with a factor."""
    moving = codes.std(0) > 0
    return [
        float(np.corrcoef(c, factor)[0, 1] ** 2) if m else 0.0 for c, m in zip(codes.T, moving, strict=True)
    ]
