"""The parts of which generated code assembles a loss: its value is the cost, its gradient an estimate of the
gradient of the expected cost (Schulman et al. 2015).

Costs, log-probabilities and weights are per example: `[..., S1, S0, B]`, where the axes in front of the batch
are those that estimators added (several samples, an enumerated support). Sample axis number `axis` is the
tensor's dimension -(2 + axis).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor
from torch.distributions import Distribution

from scgc.runtime.baseline import MovingAverage
from scgc.runtime.densities import log_prob as log_prob_of


def support_weight(q: Distribution, z: Tensor, plates: int = 0) -> Tensor:
    """The probability of each value in `z`, as `enumerate_support` lists them: [K, ..., B].

    Differentiable in q's parameters.
    """
    return log_prob_of(q, z, plates).exp()


def marginal(cost: Tensor, weight: Tensor, axis: int) -> Tensor:
    """The expectation of `cost` over the support on sample axis `axis`, which stays with length 1."""
    return (weight * cost).sum(-(2 + axis), keepdim=True)


def score_term(
    log_prob: Tensor,
    cost: Tensor,
    *,
    baseline: Literal["leave_one_out"] | MovingAverage | None = None,
    axis: int = 0,
    weights: Sequence[tuple[Tensor, int]] = (),
) -> Tensor:
    """What a score-function node adds to the loss: exactly 0, with the gradient of its log-probability
    weighted by the costs downstream (REINFORCE, Williams 1992).

    log_prob: of the node's draws, differentiable in its parameters.
    cost: the sum of the costs downstream, enumerated descendants already marginalised.
    baseline: "leave_one_out" subtracts the mean cost of the other samples on sample axis `axis` (Kool et al.
        2019); a MovingAverage the costs of earlier batches.
    weights: (weight, axis) of each enumerated ancestor: these axes are summed with the weights, all others
        averaged.

    Raises ValueError for leave_one_out without a second sample.
    """
    cost = cost.detach()
    scales = [(weight.detach(), number) for weight, number in weights]
    if baseline == "leave_one_out":
        cost = _against_others(cost, -(2 + axis))
    elif baseline is not None:
        cost = cost - baseline(_weighted(cost, scales))
    # log_prob - stop(log_prob) is 0 and has log_prob's gradient
    return _weighted(cost * (log_prob - log_prob.detach()), scales).mean()


def _against_others(cost: Tensor, dim: int) -> Tensor:
    """Each sample's cost minus the mean of the others'."""
    samples = cost.shape[dim] if cost.dim() >= -dim else 1
    if samples < 2:
        raise ValueError("the baseline leave_one_out needs at least 2 samples")
    return (cost - cost.mean(dim, keepdim=True)) * (samples / (samples - 1))


def _weighted(x: Tensor, weights: Sequence[tuple[Tensor, int]]) -> Tensor:
    for weight, axis in weights:
        x = marginal(x, weight, axis)
    return x
