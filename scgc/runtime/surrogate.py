"""The parts of which generated code assembles a loss: its value is the cost, its gradient an estimate of the
gradient of the expected cost, its second derivative one of the second, and so on (Schulman et al. 2015; DiCE,
Foerster et al. 2018).

Node by node, the last drawn first, the costs below a node are weighed by it. Costs, log-probabilities and
weights are per example: `[..., S1, S0, B]`, where the axes in front of the batch are those that estimators
added (several samples, values with weights). Sample axis number `axis` is the tensor's dimension -(2 + axis).
"""

from __future__ import annotations

from math import log
from typing import Literal

import torch
from torch import Tensor


def marginal(cost: Tensor, weight: Tensor | None, axis: int = 0) -> Tensor:
    """The costs below a node whose values come with weights: their weighted sum over sample axis `axis`,
    which stays with length 1."""
    assert weight is not None  # in training
    return (weight * cost).sum(-(2 + axis), keepdim=True)


def scored(
    cost: Tensor,
    log_prob: Tensor,
    *,
    baseline: Literal["leave_one_out", "self_critical"] | Tensor | None = None,
    axis: int = 0,
) -> Tensor:
    """The costs below a score-function node: their value, and besides their own gradient that of the node's
    log-probability, weighted by them (REINFORCE, Williams 1992).

    With box = exp(log_prob - stop(log_prob)), which is 1 and differentiates to itself times the gradient of
    log_prob, it is box * cost - (box - 1) * stop(baseline) (Foerster et al. 2018; Mao et al. 2019): right for
    derivatives of every order.

    log_prob: of the node's draws, differentiable in its parameters.
    baseline: what the draws do not influence. One that has parameters is fitted to the costs: a term of value
        0 has the gradient of the squared difference. "leave_one_out" is the mean cost of the other samples
        on sample axis `axis` (Kool et al. 2019), "self_critical" the cost of the mode, which is the last
        entry there and no part of the result (Rennie et al. 2017).

    Raises ValueError for leave_one_out without a second sample.
    """
    if baseline == "self_critical":
        cost, baseline = _but_last(cost, -(2 + axis))
        log_prob, _ = _but_last(log_prob, -(2 + axis))
    surplus = log_prob - log_prob.detach()
    if baseline is None:
        return cost * surplus.exp()
    if not isinstance(baseline, Tensor):
        return cost + surplus.expm1() * _against_others(cost, log_prob, -(2 + axis))
    result = cost + surplus.expm1() * (cost - baseline.detach())
    if baseline.requires_grad:
        error = (cost.detach() - baseline).square()
        result = result + (error - error.detach())
    return result


def scored_jointly(cost: Tensor, log_prob: Tensor, baseline: Tensor) -> Tensor:
    """The costs below a node whose elements are the samples of a bound: as `scored`, with a baseline for each
    element that this element does not influence (VIMCO, Mnih and Rezende 2016).

    cost: [...]. log_prob, baseline: [..., K], of each element.
    """
    surplus = log_prob - log_prob.detach()
    return cost * surplus.sum(-1).exp() - (surplus.expm1() * baseline.detach()).sum(-1)


def without_each(v: Tensor) -> Tensor:
    """log_mean_exp of [..., K] numbers with one of them replaced by the mean of the others, for each of them.

    The mean of logarithms is that of the geometric mean (equations 9 and 10 there).
    """
    count = v.shape[-1]
    v = v.detach()
    own = torch.eye(count, dtype=torch.bool, device=v.device)
    others = (v.sum(-1, keepdim=True) - v) / (count - 1)
    replaced = torch.where(own, others[..., None], v[..., None, :])
    return replaced.logsumexp(-1) - log(count)


def _but_last(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """All entries but the last along a dimension, and the last, without a gradient. A cost without the
    dimension, which an observed node below keeps apart from the draws, is the same for all of them."""
    if _length(x, dim) == 1:
        return x, x.detach()
    return x.narrow(dim, 0, x.shape[dim] - 1), x.narrow(dim, -1, 1).detach()


def _against_others(cost: Tensor, log_prob: Tensor, dim: int) -> Tensor:
    """Each sample's cost minus the mean of the others', through which no gradient runs."""
    if _length(log_prob, dim) < 2:
        raise ValueError("the baseline leave_one_out needs at least 2 samples")
    samples = _length(cost, dim)
    if samples == 1:  # an observed node keeps it apart from the draws: it is the same for all of them
        return cost - cost.detach()
    if not cost.requires_grad:
        return (cost - cost.mean(dim, keepdim=True)) * (samples / (samples - 1))
    known = cost.detach()
    return cost - (known.sum(dim, keepdim=True) - known) / (samples - 1)


def _length(x: Tensor, dim: int) -> int:
    return x.shape[dim] if x.dim() >= -dim else 1
