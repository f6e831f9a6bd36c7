"""Measures from the mutual information of single codes and factors, counted after binning the codes.

`codes` is `[n, d]`, `factors` `[n, f]`; see `arrays.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from scgc.metrics.arrays import BINS, Classes, Reals, binned, mean, pair


def mig(codes: ArrayLike, factors: ArrayLike, *, bins: int = BINS) -> float:
    """The mutual information gap (Chen et al. 2018, eq. 6), in 0..1.

    How much more the best code tells of a factor than the second best does, as a share of the factor's
    entropy; the mean over factors. Codes are binned, as Locatello et al. 2019 do.
    """
    found, known = pair(codes, factors, bins)
    information = mutual_information(binned(found, bins), known)
    best = np.sort(np.vstack((np.zeros((1, known.shape[1])), information)), axis=0)
    return mean((best[-1] - best[-2]) / entropies(known))


def modularity(codes: ArrayLike, factors: ArrayLike, *, bins: int = BINS) -> float:
    """How far each code tells of one factor alone (Ridgeway and Mozer 2018, section 3), in 0..1.

    One less the squared information on other factors over what it would be if the code told of all factors as
    much as of its best; the mean over codes, where one that tells nothing counts 0.
    """
    found, known = pair(codes, factors, bins)
    if not known.shape[1]:
        return mean([])
    squared = mutual_information(binned(found, bins), known) ** 2
    most = squared.max(1)
    others = (squared.sum(1) - most) / max(known.shape[1] - 1, 1)
    return mean(1 - np.divide(others, most, out=np.ones_like(most), where=most > 0))


def total_correlation(codes: ArrayLike) -> float:
    """The total correlation of Gaussian codes with this covariance, in nats (Locatello et al. 2019, 5.2).

    Infinite where a code follows from others; codes that never change are left out.
    """
    found, _ = pair(codes, np.zeros(len(np.asarray(codes))))
    moving = found[:, found.std(0) > 0]
    if moving.shape[1] < 2:
        return 0.0
    return float(-0.5 * np.linalg.slogdet(np.corrcoef(moving.T))[1])


def mutual_information(a: Classes, b: Classes) -> Reals:
    """Between each column of `a` and each of `b`, `[n, d]` and `[n, f]`, as `[d, f]` in nats."""
    return np.array([[_information(x, y) for y in b.T] for x in a.T]).reshape(a.shape[1], b.shape[1])


def entropies(classes: Classes) -> Reals:
    """Of each column, in nats."""
    return np.array([_entropy(np.bincount(column)) for column in classes.T])


def _information(x: Classes, y: Classes) -> float:
    width = int(y.max()) + 1
    table = np.bincount(x * width + y, minlength=(int(x.max()) + 1) * width).reshape(-1, width)
    return max(0.0, _entropy(table.sum(0)) + _entropy(table.sum(1)) - _entropy(table.ravel()))


def _entropy(counts: Classes) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
