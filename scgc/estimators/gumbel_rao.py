"""The estimator `gumbel_rao`: straight-through Gumbel-softmax, its noise averaged out given the draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import POSITIVE, SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="gumbel_rao(k : dim = 10, tau : real[] = 1)",
    draw="gumbel_rao",
    families=("Categorical", "Bernoulli"),
    carries="value",
    relaxed=False,
    biased=True,
    doc="Draws hard and passes the gradient of gumbel_softmax, averaged over k draws of the noise"
    " that give the same category.",
    cost="one draw and k relaxed ones; what follows only once",
    source="Paulus et al. 2021 (Rao-Blackwellizing the Straight-Through Gumbel-Softmax), eqs. 7 and 8",
    limits={"k": SIZE, "tau": POSITIVE},
)


def gumbel_rao(q: Categorical | Bernoulli, *, k: int = 10, tau: Tensor | float = 1.0, mode: Mode) -> Tensor:
    """A hard draw z of `q`, [..., k] or [...], with the gradient of the mean of k relaxed draws
    softmax((logits + gumbel) / tau) whose Gumbel noise is drawn given that z is the largest entry.

    The expected gradient is that of `gumbel_softmax(tau, hard = true)`, for every k; the variance falls.

    In mode "mode" the mode. Outside training without a gradient.
    """
    z = q.mode if mode == "mode" else q.sample()
    if mode != "train":
        return z
    import torch

    logits = q.logits.clamp_min(torch.finfo(q.logits.dtype).min)
    perturbed = _given(logits, z, k) if q.event_shape else _bits_given(logits, z, k)
    relaxed = q.relax((perturbed + (logits - logits.detach())) / tau).mean(0)
    return z + (relaxed - relaxed.detach())


def _given(logits: Tensor, z: Tensor, k: int) -> Tensor:
    """[k, ...]: draws of logits + Gumbel noise, given that the largest entry is that of the one-hot `z`.

    The largest is log(sum of exp(logits)) plus Gumbel noise, the others are Gumbel variables cut off there.
    """
    import torch

    from scgc.runtime.noise import gumbel_like

    with torch.no_grad():
        noise = gumbel_like(logits.expand(k, *logits.shape))
        wide = logits.to(noise.dtype)
        top = wide.logsumexp(-1, keepdim=True) + (noise * z).sum(-1, keepdim=True)
        below = -torch.logaddexp(-(wide + noise), -top)
        return torch.where(z > 0, top, below)


def _bits_given(logits: Tensor, z: Tensor, k: int) -> Tensor:
    """[k, ...]: draws of logits + logistic noise, given that they are positive where the bit `z` is 1 and not
    where it is 0: the difference of the two entries of the categorical with the logits (logits, 0)."""
    import torch

    both = torch.stack([logits, torch.zeros_like(logits)], -1)
    perturbed = _given(both, torch.stack([z, 1 - z], -1), k)
    return perturbed[..., 0] - perturbed[..., 1]
