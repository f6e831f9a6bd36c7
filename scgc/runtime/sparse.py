"""Maps from scores into the simplex that reach its faces: sparsemax, and entmax between it and softmax.

entmax with alpha > 1 is [(alpha - 1) x - t]_+ ^ (1 / (alpha - 1)) with the t by which it sums to 1 (Peters et
al. 2019, eq. 8); alpha = 2 is sparsemax, the nearest point of the simplex (Martins and Astudillo 2016), and
softmax the limit alpha = 1. The threshold is exact by sorting for 2 and 1.5, by bisection for the others.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

HALVINGS = 60
"""Steps of the bisection, whose first interval is at most 1 long."""


def entmax(x: Tensor, alpha: Tensor | float = 1.5) -> Tensor:
    """[..., k] scores to [..., k] probabilities, some of them exactly 0; alpha above 1, broadcast with x."""
    if isinstance(alpha, Tensor):
        alpha = alpha.detach()
    out: Tensor = _Entmax.apply(x, alpha)  # type: ignore[no-untyped-call]
    return out


def entmax_of_bits(x: Tensor, alpha: Tensor | float = 1.5) -> Tensor:
    """[...] log-odds to [...] probabilities: the first entry of entmax of (x, 0)."""
    if isinstance(alpha, Tensor):
        alpha = alpha.unsqueeze(-1)
    return entmax(torch.stack([x, torch.zeros_like(x)], -1), alpha)[..., 0]


class _Entmax(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, alpha: Tensor | float) -> Tensor:
        dtype = x.dtype
        wide = x.double() if dtype is torch.float64 else x.float()
        scores = wide - wide.amax(-1, keepdim=True)  # finite and at most 0, so that nothing overflows
        if isinstance(alpha, Tensor) or alpha not in (1.5, 2.0):
            p = _bisected(scores, alpha)
        else:
            p = _sparsemax(scores) if alpha == 2.0 else _entmax15(scores)
        out = p.to(dtype)
        ctx.alpha = alpha
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """s * (g - <s, g> / sum(s)) with s = p ^ (2 - alpha) on the support (Peters et al. 2019, prop. 2)."""
        (p,) = ctx.saved_tensors
        s = _slopes(p, ctx.alpha)
        mean = (s * grad).sum(-1, keepdim=True) / s.sum(-1, keepdim=True)
        return (s * (grad - mean)).to(grad.dtype), None


def _slopes(p: Tensor, alpha: Tensor | float) -> Tensor:
    """p ^ (2 - alpha) on the support, else 0."""
    if not torch.is_grad_enabled() and not isinstance(alpha, Tensor) and alpha < 2:
        return p ** (2 - alpha)  # which is 0 at 0, where it has no derivative
    inside = p > 0
    return torch.where(inside, torch.where(inside, p, 1.0) ** (2 - alpha), 0.0)


def _sparsemax(x: Tensor) -> Tensor:
    """Algorithm 1 of Martins and Astudillo 2016."""
    x = x.clamp_min(-2.0)  # an entry 1 below the largest has left the support already
    ordered = x.sort(-1, descending=True).values
    count = _counted(x)
    total = ordered.cumsum(-1)
    size = (1 + count * ordered > total).sum(-1, keepdim=True)
    threshold = (total.gather(-1, size - 1) - 1) / size
    return (x - threshold).clamp_min(0)


def _entmax15(x: Tensor) -> Tensor:
    """Algorithm 2 of Peters et al. 2019."""
    x = (x / 2).clamp_min(-2.0)
    ordered = x.sort(-1, descending=True).values
    count = _counted(x)
    mean = ordered.cumsum(-1) / count
    spread = (ordered**2).cumsum(-1) - count * mean**2
    threshold = mean - ((1 - spread).clamp_min(0) / count).sqrt()
    size = (threshold <= ordered).sum(-1, keepdim=True)
    p = (x - threshold.gather(-1, size - 1)).clamp_min(0) ** 2
    return p / p.sum(-1, keepdim=True)


def _bisected(x: Tensor, alpha: Tensor | float) -> Tensor:
    """Algorithm 1 of Peters et al. 2019."""
    x = (alpha - 1) * x
    low = torch.full_like(x[..., :1], -1.0)  # the largest score is 0, so with t = -1 the sum is at least 1
    width = torch.ones_like(low)
    for _ in range(HALVINGS):
        width = width / 2
        middle = low + width
        total = _power(x - middle, alpha).sum(-1, keepdim=True)
        low = torch.where(total >= 1, middle, low)
    p = _power(x - low, alpha)
    return p / p.sum(-1, keepdim=True)


def _power(x: Tensor, alpha: Tensor | float) -> Tensor:
    return x.clamp_min(0) ** (1 / (alpha - 1))


def _counted(x: Tensor) -> Tensor:
    """[k]: 1, 2, ..., k."""
    return torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device)
