"""Lengths that differ between examples, reductions over a part of the elements, and distributions of them."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Distribution

from scgc.runtime.functions import broadcast_shapes


def length_mask(lengths: Tensor, width: int) -> Tensor:
    """[B] lengths to [B, width]: whether an entry is an example's own, not padding."""
    return torch.arange(width, device=lengths.device) < lengths[:, None]


def repeat_first(x: Tensor, mask: Tensor, dim: int) -> Tensor:
    """x with an example's own first entry along `dim` (counted from the end) instead of the padding.

    What is no example's own then is as good a value as any: no function of it, such as a logarithm or a
    density, is infinite, and no gradient of it undefined. x: [B, the axes of an example]. mask: [B, width].
    """
    behind = -1 - dim
    own = mask.reshape(mask.shape[0], *(1,) * (x.dim() - 2 - behind), mask.shape[1], *(1,) * behind)
    return torch.where(own, x, x.narrow(dim, 0, 1))


def widen(x: Tensor, least: int, dim: int) -> Tensor:
    """x with padding behind along `dim` (counted from the end), where it has fewer than `least` entries."""
    missing = least - x.shape[dim]
    return F.pad(x, (0, 0) * (-1 - dim) + (0, missing)) if missing > 0 else x


def masked_mean(x: Tensor, where: Tensor, dim: int | tuple[int, ...]) -> Tensor:
    """The mean over `dim` of the elements that `where`, which broadcasts with x, marks; 0 of none."""
    x, where = torch.broadcast_tensors(x, where)  # type: ignore[no-untyped-call]
    return torch.where(where, x, 0.0).sum(dim) / where.sum(dim).clamp_min(1)


def log_mean_exp(x: Tensor, dim: int | tuple[int, ...], where: Tensor | None = None) -> Tensor:
    """The logarithm of the mean of exp(x) over `dim`, of the elements that `where`, which broadcasts with x,
    marks; of none -inf."""
    if where is None:
        where = torch.ones((), dtype=torch.bool, device=x.device)
    else:
        x, where = torch.broadcast_tensors(x, where)  # type: ignore[no-untyped-call]
        x = torch.where(where, x, -torch.inf)
    count = where.expand_as(x).sum(dim).clamp_min(1)
    return x.logsumexp(dim) - count.to(x.dtype).log()


def masked_var(x: Tensor, where: Tensor, dim: int | tuple[int, ...]) -> Tensor:
    """The variance over `dim`, with Bessel's correction, of the elements that `where` marks; of fewer
    than two it is nan, through which no gradient passes."""
    x, where = torch.broadcast_tensors(x, where)  # type: ignore[no-untyped-call]
    count = where.sum(dim, keepdim=True)
    mean = torch.where(where, x, 0.0).sum(dim, keepdim=True) / count.clamp_min(1)
    squares = torch.where(where, x - mean, 0.0).square().sum(dim, keepdim=True)
    dims = (dim,) if isinstance(dim, int) else dim
    return torch.where(count > 1, squares / (count - 1).clamp_min(1), torch.nan).squeeze(dims)


def pick(x: Tensor, index: Tensor, dim: int, front: int = 0) -> Tensor:
    """The entry along `dim` (counted from the end) at each example's own index.

    x: [lead..., the axes of an example], `front` of which stand in front of `dim`. index: [lead...]. The
    leads broadcast. Where a loop's round is not an example's own the index may be beyond the axis.
    """
    rank = front - dim
    lead = broadcast_shapes(x.shape[: x.dim() - rank], index.shape)
    x = x.expand(*lead, *x.shape[x.dim() - rank :])
    shape = list(x.shape)
    shape[dim] = 1
    index = index.clamp(0, x.shape[dim] - 1)
    at = index.reshape(*index.shape, *(1,) * rank).expand(shape)
    return x.gather(dim, at).squeeze(dim)


def masked(q: Distribution, where: Tensor) -> Distribution:
    """q, in which the elements that `where` leaves out have parameters without a gradient.

    where: broadcasts with the last axes of q's batch shape.
    """
    found = copy.copy(q)
    for name, value in vars(q).items():
        if isinstance(value, Distribution):  # of which q is made
            vars(found)[name] = masked(value, where)
        elif isinstance(value, Tensor) and value.requires_grad:
            behind = (...,) + (None,) * len(q.event_shape)
            vars(found)[name] = torch.where(where[behind], value, value.detach())
    return found
