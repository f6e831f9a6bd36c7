"""Costs, one number an example unless said otherwise; the batch mean is the trainer's business."""

from __future__ import annotations

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


def _elementwise(name: str, doc: str, torch: str, total: str = "mean", slots: str = "x, target") -> Operator:
    """A cost of every element, then its mean or sum over the example."""
    x, target = slots.split(", ")

    def lower(low: Lowering) -> str:
        axes = low.elements()
        if not axes:
            return torch
        summed = f".{total}({low.axes(axes)})"
        return torch.replace('reduction="none")', f'reduction="none"){summed}')

    return Operator(
        f"{name}({x} : real[*s], {target} : real[*s]) -> real[]",
        doc=doc,
        example=f"{name}(ones(2, 3), zeros(2, 3))",
        torch=lower,
    )


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
    _elementwise(
        "bernoulli_nll",
        "Minus the log-probability of the target's bits under sigmoid(logits), summed over the example.",
        'F.binary_cross_entropy_with_logits({logits}, {target}, reduction="none")',
        total="sum",
        slots="logits, target",
    ),
    _elementwise(
        "mse_loss",
        "The squared difference, its mean over the example.",
        'F.mse_loss({x}, {target}, reduction="none")',
    ),
    _elementwise(
        "l1_loss",
        "The absolute difference, its mean over the example.",
        'F.l1_loss({x}, {target}, reduction="none")',
    ),
    _elementwise(
        "smooth_l1_loss",
        "The absolute difference, squared below 1, its mean over the example.",
        'F.smooth_l1_loss({x}, {target}, reduction="none")',
    ),
    Operator(
        "cosine_similarity(x : real[*s, n], y : real[*s, n]) -> real[*s]",
        doc="The cosine of the angle between vectors.",
        example="cosine_similarity(ones(2, 3), ones(2, 3))",
        torch="F.cosine_similarity({x}, {y}, dim=-1)",
    ),
)
