"""The relaxed noise behind a hard draw, and the same noise given the draw (Tucker et al. 2017, REBAR).

z = logits + noise and b = corner(z) are a draw with what it was made of. As a function of the parameters, z
given b is another one: it cannot leave the corner b. Both are made from the same random numbers and so have
the same value here, but different derivatives; for each the mean over the noise is right.

So z given b is z less what is 0 and has the derivatives of all orders: log(1 + w (exp(-s) - 1)), where s is
the slope of a log-probability and w, between 0 and 1, comes from the values alone.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from scgc.runtime.bernoulli import Bernoulli
from scgc.runtime.categorical import Categorical
from scgc.runtime.joint import slope


class Noisy(NamedTuple):
    """b: a hard draw without a gradient, [..., k] or [...]. z, given: the relaxed noise of the same shape,
    free and given b. score: of that shape too, the derivative of b's log-probability by the logits. All but b
    are differentiable in the logits."""

    b: Tensor
    z: Tensor
    given: Tensor
    score: Tensor


def noisy(q: Categorical | Bernoulli) -> Noisy:
    """A draw of q and what it was made of."""
    if isinstance(q, Bernoulli):
        z = q.logits + q.noise()
        b = q.corner(z)
        return Noisy(b, z, _given_bit(q.logits, z.detach(), 2 * b - 1), b - q.probs)
    log_probs = q.log_probs
    z = log_probs + q.noise()
    b = q.corner(z)
    return Noisy(b, z, _given_category(log_probs, z.detach()), b - log_probs.exp())


def _given_category(log_probs: Tensor, z: Tensor) -> Tensor:
    """With Exponential(1) numbers e: -log e_b for the category b drawn, and -log(e_i / p_i + e_b) for the
    others; the e are those that give the values of z."""
    weight = -torch.expm1(z - z.amax(-1, keepdim=True))
    return z - (weight * torch.expm1(-slope(log_probs))).log1p()


def _given_bit(logits: Tensor, z: Tensor, sign: Tensor) -> Tensor:
    """sign * log(1 + v / ((1 - v) P(other bit))) with a uniform v, the one that gives the value of z."""
    other = softplus(sign * logits)  # minus its log-probability
    weight = -torch.expm1(-z.abs())
    return z + sign * (weight * torch.expm1(slope(other))).log1p()
