"""The estimator `imle`: the most likely value of perturbed logits, and in the backward pass how it changes
when they take a step against the gradient (implicit maximum likelihood)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from scgc.declared import COUNT, POSITIVE, SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from scgc.runtime import Arborescence, Bernoulli, Categorical, Mode, TopK

ESTIMATOR = Estimator(
    signature="imle(step : real[] = 1, scale : real[] = 1, samples : dim = 1)",
    draw="imle",
    families=("Arborescence", "Bernoulli", "Categorical", "TopK"),
    carries="value",
    relaxed=False,
    biased=True,
    doc="Draws the most likely value of perturbed logits; their gradient is (z - z') / step with z' that of"
    " the logits minus step times the gradient at z, the perturbation being the same.",
    cost="two searches for a most likely value, `samples` + 1 in all",
    source="Niepert et al. 2021 (Implicit MLE), algorithm 1, divided by the step",
    limits={"step": POSITIVE, "scale": COUNT, "samples": SIZE},
)


def imle(
    q: Arborescence | Bernoulli | Categorical | TopK,
    *,
    step: Tensor | float = 1.0,
    scale: Tensor | float = 1.0,
    samples: int = 1,
    mode: Mode,
) -> Tensor:
    """In training corner(logits + scale * noise), of q's batch and event shape; with scale = 1 for
    Categorical and Bernoulli a draw, for structures an approximation of one (perturb and MAP).

    step: the paper's lambda. The gradient that it multiplies is that of the loss, a mean over the batch: a
        larger batch wants a larger step.
    samples: the perturbations over which the difference is averaged; the first made the value.

    For a cost that is linear in z the expected gradient is (m(logits) - m(logits - step * slope)) / step, m
    being the mean of z: that of the cost in the limit of small steps, whose variance grows as 1 / step.

    Otherwise a hard draw of q (in mode "mode" its mode), which no option alters.
    """
    if mode != "train":
        return q.mode if mode == "mode" else q.sample()
    import torch

    with torch.no_grad():
        perturbed = torch.stack([q.logits + scale * q.noise() for _ in range(samples)])
    out: Tensor = _function().apply(q.logits, perturbed, step, q.corner)
    return out


@cache
def _function() -> Any:
    """The autograd function; made when first called for, because declarations are read without torch."""
    from torch.autograd import Function

    class Difference(Function):
        @staticmethod
        def forward(
            ctx: Any, logits: Tensor, perturbed: Tensor, step: Any, corner: Callable[[Tensor], Tensor]
        ) -> Tensor:
            corners = corner(perturbed)
            ctx.step, ctx.corner = step, corner
            ctx.save_for_backward(perturbed, corners)
            return corners[0].clone()

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
            perturbed, corners = ctx.saved_tensors
            target = ctx.corner(perturbed - ctx.step * grad)
            return ((corners - target) / ctx.step).mean(0), None, None, None

    return Difference
