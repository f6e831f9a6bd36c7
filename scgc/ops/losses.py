"""Costs, one number an example unless said otherwise; the batch mean is the trainer's business."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scgc.declared import NEVER
from scgc.ir.types import TensorType, real
from scgc.ops import rules
from scgc.ops.declare import Operator
from scgc.ops.signature import Match

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _number(match: Match) -> TensorType:
    return real()


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
    if low.has("where"):
        cost = f"torch.where({low.where('logits')}, {cost}, 0.0)"
    return f"{cost}.sum({low.axes(low.elements())})" if low.elements() else cost


def _mean_of(cost: str) -> Callable[[Lowering], str]:
    """The mean of a cost of every element over the example."""

    def lower(low: Lowering) -> str:
        axes = low.elements()
        if low.has("where"):
            return f"masked_mean({cost}, {low.where()}, {low.axes(axes)})"
        return f"{cost}.mean({low.axes(axes)})" if axes else cost

    return lower


OPERATORS = (
    Operator(
        "cross_entropy(logits : real[*s, k], target : class(k)[*s]) -> real[*s]",
        doc="Minus the log-probability of the target class under softmax(logits).",
        example="cross_entropy(ones(2, 3), 0)",
        torch=_cross_entropy,
        derivative=("logits",),
        padding={"logits": NEVER},
    ),
    Operator(
        "nll_loss(log_probs : real[*s, k], target : class(k)[*s]) -> real[*s]",
        doc="Minus the given log-probability of the target class.",
        example="nll_loss(log_softmax(ones(2, 3)), 0)",
        torch="nll_loss({log_probs}, {target})",
        derivative=("log_probs",),
        untouched=("k",),
    ),
    Operator(
        "bernoulli_nll(logits : real[*s], target : real[*s], where : bool[*t] = none) -> real[]",
        doc="Minus the log-probability of the target's bits under sigmoid(logits), summed over the example"
        " (over what `where` says).",
        example="bernoulli_nll(ones(2, 3), zeros(2, 3))",
        torch=_bernoulli_nll,
        result=rules.chosen(_number, "logits"),
        derivative=("logits", "target"),
        along="all",
    ),
    Operator(
        "mse_loss(x : real[*s], target : real[*s], where : bool[*t] = none) -> real[]",
        doc="The squared difference, its mean over the example (over what `where` says).",
        example="mse_loss(ones(2, 3), zeros(2, 3))",
        torch=_mean_of("({x} - {target}).square()"),
        result=rules.chosen(_number),
        derivative=("x", "target"),
        along="all",
    ),
    Operator(
        "l1_loss(x : real[*s], target : real[*s], where : bool[*t] = none) -> real[]",
        doc="The absolute difference, its mean over the example (over what `where` says).",
        example="l1_loss(ones(2, 3), zeros(2, 3))",
        torch=_mean_of("({x} - {target}).abs()"),
        result=rules.chosen(_number),
        derivative=("x", "target"),
        along="all",
    ),
    Operator(
        "cosine_similarity(x : real[*s, n], y : real[*s, n]) -> real[*s]",
        doc="The cosine of the angle between vectors.",
        example="cosine_similarity(ones(2, 3), ones(2, 3))",
        torch="F.cosine_similarity({x}, {y}, dim=-1)",
        padding={"x": 0.0, "y": 0.0},
    ),
)
