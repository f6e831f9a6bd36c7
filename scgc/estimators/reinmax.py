"""The estimator `reinmax`: straight-through with a second-order accurate gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import POSITIVE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="reinmax(tau : real[] = 1)",
    draw="reinmax",
    families=("Categorical", "Bernoulli"),
    carries="value",
    relaxed=False,
    biased=True,
    doc="Draws hard and passes the gradient by Heun's method: with tau = 1 without bias where the cost is"
    " quadratic in the draw.",
    cost="one draw",
    source="Liu et al. 2023 (Bridging Discrete and Backpropagation), algorithm 2",
    limits={"tau": POSITIVE},
)


def reinmax(q: Categorical | Bernoulli, *, tau: Tensor | float = 1.0, mode: Mode) -> Tensor:
    """A hard draw z of `q`, [..., k] or [...], with the gradient 2 J((z + p_tau) / 2) - J(p) / 2, with J(p)
    the Jacobian of softmax (for Bernoulli, sigmoid) where its value is p, and p_tau = softmax(logits / tau).

    tau: above 1 the middle point is smoother, for more bias and less variance.

    In mode "mode" the mode. Outside training without a gradient.
    """
    z = q.mode if mode == "mode" else q.sample()
    if mode != "train":
        return z
    import torch

    from scgc.runtime.functions import cooled
    from scgc.runtime.joint import slope

    change = slope(q.logits.clamp_min(torch.finfo(q.logits.dtype).min))
    with torch.no_grad():
        probs = q.probs
        middle = (z + q.relax(cooled(q.logits, tau))) / 2
    if q.event_shape:
        step = 2 * _jacobian(middle, change) - _jacobian(probs, change) / 2
    else:
        step = (2 * middle * (1 - middle) - probs * (1 - probs) / 2) * change
    return z + step.to(z.dtype)


def _jacobian(probs: Tensor, change: Tensor) -> Tensor:
    """That of softmax where its value is `probs`, times a vector: [..., k]."""
    return probs * (change - (probs * change).sum(-1, keepdim=True))
