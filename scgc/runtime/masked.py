"""Lengths that differ between examples, and reductions over a part of the elements."""

from __future__ import annotations

import torch
from torch import Tensor

from scgc.runtime.functions import broadcast_shapes


def length_mask(lengths: Tensor, width: int) -> Tensor:
    """[B] lengths to [B, width]: whether an entry is an example's own, not padding."""
    return torch.arange(width, device=lengths.device) < lengths[:, None]


def masked_mean(x: Tensor, where: Tensor, dim: int | tuple[int, ...]) -> Tensor:
    """The mean over `dim` of the elements that `where`, which broadcasts with x, marks; 0 of none."""
    x, where = torch.broadcast_tensors(x, where)  # type: ignore[no-untyped-call]
    return torch.where(where, x, 0.0).sum(dim) / where.sum(dim).clamp_min(1)


def masked_var(x: Tensor, where: Tensor, dim: int | tuple[int, ...]) -> Tensor:
    """The variance over `dim`, with Bessel's correction, of the elements that `where` marks."""
    x, where = torch.broadcast_tensors(x, where)  # type: ignore[no-untyped-call]
    count = where.sum(dim, keepdim=True)
    mean = torch.where(where, x, 0.0).sum(dim, keepdim=True) / count.clamp_min(1)
    squares = torch.where(where, x - mean, 0.0).square().sum(dim, keepdim=True)
    dims = (dim,) if isinstance(dim, int) else dim
    return (squares / (count - 1)).squeeze(dims)


def pick(x: Tensor, index: Tensor, dim: int) -> Tensor:
    """The entry along `dim` (counted from the end) at each example's own index.

    x: [lead..., the axes of an example]; index: [lead...], the lead of both broadcast.
    """
    rank = x.dim() - index.dim()
    behind = -dim - 1
    front = max(rank - behind - 1, 0)
    at = index.reshape(*index.shape, *(1,) * (front + 1 + behind)) if rank > 0 else index
    lead = broadcast_shapes(x.shape[: x.dim() - front - 1 - behind], index.shape)
    tail = x.shape[x.dim() - front - 1 - behind :]
    x = x.expand(*lead, *tail)
    shape = list(x.shape)
    shape[dim] = 1
    return x.gather(dim, at.expand(shape)).squeeze(dim)
