"""The relaxed noise behind a hard draw, and the same noise given the draw (Tucker et al. 2017, REBAR).

z = logits + noise and b = corner(z) are a draw with what it was made of. As a function of the parameters, z
given b is another one: it cannot leave the corner b. Both are made from the same random numbers and so have
the same value here, but different derivatives; for each the mean over the noise is right. Everything is in
log space and finite in float32.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from scgc.runtime.bernoulli import Bernoulli
from scgc.runtime.categorical import Categorical

CLOSEST = 1e-30
"""How near to the corner's edge noise may be; its logarithm is finite."""


class Noisy(NamedTuple):
    """b: a hard draw without a gradient, [..., k] or [...]. z, given: the relaxed noise of the same shape,
    free and given b. log_prob: of b, [...]. All but b are differentiable in the logits."""

    b: Tensor
    z: Tensor
    given: Tensor
    log_prob: Tensor


def noisy(q: Categorical | Bernoulli) -> Noisy:
    """A draw of q and what it was made of."""
    if isinstance(q, Bernoulli):
        z = q.logits + q.noise()
        b = q.corner(z)
        return Noisy(b, z, _given_bit(q.logits, z.detach()), q.log_prob(b))
    log_probs = q.log_probs
    z = log_probs + q.noise()
    b = q.corner(z)
    return Noisy(b, z, _given_category(log_probs, z.detach(), b), (b * log_probs).sum(-1))


def _given_category(log_probs: Tensor, z: Tensor, drawn: Tensor) -> Tensor:
    """With Exponential(1) numbers e: -log e_b for the category b drawn, and -log(e_i / p_i + e_b) for the
    others; the e are those that give the values of z."""
    largest = z.amax(-1, keepdim=True)
    below = (-torch.expm1(z - largest)).clamp_min(CLOSEST).log()  # log(1 - exp(z_i - z_b))
    exponential = log_probs.detach() - z + below  # log e_i
    others = -torch.logaddexp(exponential - log_probs, -largest)
    return torch.where(drawn > 0, z, others)


def _given_bit(logits: Tensor, z: Tensor) -> Tensor:
    """sign * log(1 + v / ((1 - v) P(other bit))) with a uniform v, the one that gives the value of z."""
    sign = torch.where(z > 0, 1.0, -1.0).to(z.dtype)
    size = z.abs()
    excess = size + (-torch.expm1(-size)).clamp_min(CLOSEST).log()  # log(exp(size) - 1)
    v = excess - softplus(sign * logits.detach())  # log v - log(1 - v)
    return sign * softplus(v + softplus(sign * logits))
