"""Costs, one number an example unless said otherwise; the batch mean is the trainer's business."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scgc.ops.declare import Operator

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _cross_entropy(low: Lowering) -> str:
    plain = low.lead("logits") == low.lead("target") == 1 and low.rank("logits") == 1
    return (
        'F.cross_entropy({logits}, {target}, reduction="none")'
        if plain
        else "cross_entropy({logits}, {target})"
    )


def _bernoulli_nll(low: Lowering) -> str:
    """PyTorch's call where it takes the tensors as they are: it does not broadcast."""
    x, target = low.type("logits"), low.type("target")
    alike = low.lead("logits") == low.lead("target") < 2 and x.shape == target.shape
    if alike and not low.value("target").number:
        cost = 'F.binary_cross_entropy_with_logits({logits}, {target}, reduction="none")'
    else:
        cost = "(F.softplus({logits}) - {logits} * {target})"
    return f"{cost}.sum({low.axes(low.elements())})" if low.elements() else cost


def _mean_of(cost: str) -> Callable[[Lowering], str]:
    """The mean of a cost of every element over the example."""

    def lower(low: Lowering) -> str:
        axes = low.elements()
        return f"{cost}.mean({low.axes(axes)})" if axes else cost

    return lower


OPERATORS = (
    Operator(
        "cross_entropy(logits : real[*s, k], target : class(k)[*s]) -> real[*s]",
        doc="Minus the log-probability of the target class under softmax(logits).",
        example="cross_entropy(ones(2, 3), 0)",
        torch=_cross_entropy,
        derivative=("logits",),
    ),
    Operator(
        "nll_loss(log_probs : real[*s, k], target : class(k)[*s]) -> real[*s]",
        doc="Minus the given log-probability of the target class.",
        example="nll_loss(log_softmax(ones(2, 3)), 0)",
        torch="nll_loss({log_probs}, {target})",
        derivative=("log_probs",),
    ),
    Operator(
        "bernoulli_nll(logits : real[*s], target : real[*s]) -> real[]",
        doc="Minus the log-probability of the target's bits under sigmoid(logits), summed over the example.",
        example="bernoulli_nll(ones(2, 3), zeros(2, 3))",
        torch=_bernoulli_nll,
    ),
    Operator(
        "mse_loss(x : real[*s], target : real[*s]) -> real[]",
        doc="The squared difference, its mean over the example.",
        example="mse_loss(ones(2, 3), zeros(2, 3))",
        torch=_mean_of("({x} - {target}).square()"),
    ),
    Operator(
        "l1_loss(x : real[*s], target : real[*s]) -> real[]",
        doc="The absolute difference, its mean over the example.",
        example="l1_loss(ones(2, 3), zeros(2, 3))",
        torch=_mean_of("({x} - {target}).abs()"),
    ),
    Operator(
        "cosine_similarity(x : real[*s, n], y : real[*s, n]) -> real[*s]",
        doc="The cosine of the angle between vectors.",
        example="cosine_similarity(ones(2, 3), ones(2, 3))",
        torch="F.cosine_similarity({x}, {y}, dim=-1)",
    ),
)
