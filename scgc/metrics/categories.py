"""What a categorical node learned, when which category stands for what is free.

A hidden node is known only up to a renaming of its categories, so it is compared with the true classes
under the best one-to-one renaming.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.metrics.declare import Measure

if TYPE_CHECKING:
    from torch import Tensor


def matched_accuracy(z: Tensor, target: Tensor) -> float:
    """The share of draws that agree with the target under the best one-to-one naming of categories.

    z is `[examples, ..., k]`, target `[examples, ...]`. The best naming is an assignment problem (Kuhn
    1955); where k differs from the number of classes, what is left over matches nothing.
    """
    import torch
    from scipy.optimize import linear_sum_assignment

    drawn, true = z.argmax(-1).flatten(), target.flatten()
    k, n = z.shape[-1], int(true.max()) + 1
    table = torch.bincount(drawn * n + true, minlength=k * n).reshape(k, n).numpy()
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum()) / max(1, drawn.numel())


def used(z: Tensor) -> float:
    """How many categories are ever drawn; z is `[examples, ..., k]`."""
    import torch

    return float((torch.bincount(z.argmax(-1).flatten()) > 0).sum())


MEASURES = (
    Measure(
        "matched_accuracy(z : onehot(k)[*s], target : class(n)[*s]) -> real[]",
        doc="Agreement of a categorical node with the true classes, under the best one-to-one naming.",
        higher_is_better=True,
        compute=matched_accuracy,
        source="Kuhn 1955",
    ),
    Measure(
        "used(z : onehot(k)[*s]) -> real[]",
        doc="How many categories of a node are ever drawn.",
        higher_is_better=None,
        compute=used,
    ),
)
