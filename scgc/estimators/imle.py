"""The estimator `imle`: the most likely value of perturbed logits, and in the backward pass how it changes
when they take a step against the gradient (implicit maximum likelihood)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import COUNT, POSITIVE, SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Arborescence, Bernoulli, Categorical, Mode, SpanningTree, TopK

ESTIMATOR = Estimator(
    signature="imle(step : real[] = 1, scale : real[] = 1, samples : dim = 1)",
    draw="imle",
    families=("Arborescence", "Bernoulli", "Categorical", "SpanningTree", "TopK"),
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
    q: Arborescence | Bernoulli | Categorical | SpanningTree | TopK,
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

    from scgc.runtime.perturbed import perturbed_corner

    noise = torch.stack([scale * q.noise() for _ in range(samples)])
    return perturbed_corner(q.logits, noise, step, q.corner)
