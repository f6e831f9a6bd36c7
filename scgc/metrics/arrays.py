"""Codes and factors as the measures of disentanglement take them: plain arrays, a row for each example."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 20
"""Bins of equal width that continuous numbers are put into (Locatello et al. 2019)."""

Reals = NDArray[np.float64]
Classes = NDArray[np.int64]


def pair(codes: ArrayLike, factors: ArrayLike, bins: int = BINS) -> tuple[Reals, Classes]:
    """Codes `[n, d]` and factors `[n, f]`, the latter as classes from 0 on, without those that never change.

    A factor of whole numbers is one of classes; others are binned. Raises ValueError for arrays that do not
    fit together or hold what is no finite number.
    """
    found, known = _table(codes, "codes"), _table(factors, "factors")
    if len(found) != len(known):
        raise ValueError(f"there are {len(found)} codes and {len(known)} rows of factors")
    columns = [_classes(column, bins) for column in known.T]
    varying = [column for column in columns if column.max() > 0]
    return found, np.stack(varying, 1) if varying else np.empty((len(known), 0), np.int64)


def binned(values: Reals, bins: int = BINS) -> Classes:
    """Which bin of equal width, between the least and the greatest of its column, each number is in."""
    low, high = values.min(0), values.max(0)
    place = (values - low) / np.where(high > low, high - low, 1) * bins
    found: Classes = np.minimum(place.astype(np.int64), bins - 1)
    return found


def parts(count: int, seed: int = 0) -> tuple[Classes, Classes]:
    """Two thirds of the examples to learn from and a third to test on, at random.

    Of 15,000 examples they are the 10,000 and 5,000 of Locatello et al. 2019.
    """
    order = np.random.default_rng(seed).permutation(count)
    cut = -(-2 * count // 3)
    return order[:cut], order[cut:]


def mean(values: Any) -> float:
    """Of no values: not a number."""
    return float(np.mean(values)) if len(values) else nan


def _table(array: ArrayLike, name: str) -> Reals:
    found = np.asarray(array, dtype=np.float64)
    found = found[:, None] if found.ndim == 1 else found
    if found.ndim != 2 or not found.size:
        raise ValueError(f"{name} are rows of numbers, [examples, n], not of shape {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} hold what is no finite number")
    return found


def _classes(column: Reals, bins: int) -> Classes:
    numbers = column if (column == np.round(column)).all() else binned(column, bins)
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)
