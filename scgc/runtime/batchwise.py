"""What is computed of all examples of a batch: an example's own axes are the last `rank` ones, the batch the
one before them."""

from __future__ import annotations

from math import log

import torch
from torch import Tensor
from torch.distributions import Distribution


def permute_batch(x: Tensor, rank: int = 1) -> Tensor:
    """Every element of the last axis from another, random example of the batch: [lead..., B, rank axes]."""
    batch = x.dim() - rank - 1
    if batch < 0:
        return x
    shape = (x.shape[batch], *(1,) * (rank - 1), x.shape[-1])
    order = torch.rand(shape, dtype=torch.float32, device=x.device).argsort(0)
    return x.gather(batch, order.expand(x.shape))


def batch_mean(x: Tensor, rank: int = 1) -> Tensor:
    """The mean over the batch, for every example: [lead..., B, rank axes]."""
    batch = x.dim() - rank - 1
    return x if batch < 0 else x.mean(batch, keepdim=True).expand(x.shape)


def batch_cov(x: Tensor) -> Tensor:
    """The covariance over the batch, for every example: [lead..., B, n] -> [lead..., B, n, n]."""
    if x.dim() < 2:
        return x.new_zeros(*x.shape, x.shape[-1])
    centred = x - x.mean(-2, keepdim=True)
    covariance = centred.transpose(-1, -2) @ centred / x.shape[-2]
    return covariance.unsqueeze(-3).expand(*x.shape, x.shape[-1])


def total_correlation(q: Distribution, z: Tensor, rank: int = 1) -> Tensor:
    """log q(z) - sum_j log q_j(z_j), where q is the mean of the distributions of the batch: [lead..., B].

    q: [lead..., B, n], z: [lead..., B, n] or with an event axis, `rank` 2. Chen et al. 2018, equation 4.
    """
    if z.dim() <= rank:
        return z.new_zeros(())
    each = z.movedim(-1 - rank, 0).unsqueeze(-1 - rank)  # every draw beside every distribution
    densities = q.log_prob(each)
    count = densities.shape[-2]
    joint = densities.sum(-1).logsumexp(-1) - log(count)
    apart = densities.logsumexp(-2) - log(count)
    return (joint - apart.sum(-1)).movedim(0, -1)
