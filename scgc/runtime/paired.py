"""What pairs of draws of bits count for, where their difference estimates a gradient (ARM, DisARM).

With c the coefficient of a bit in the gradient, and P the law of the draw that its cost is of, a draw counts
for the sum of c (1 + slope of log(c P) / 2) slope(log-odds): half of the second derivative, for that of two
log-odds comes from both. A bit that is drawn has c P = sigmoid(log-odds) sigmoid(-log-odds) P(others). The
second derivatives take several times as long as the first ones, and are computed when they are asked for.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from scgc.runtime.joint import slope
from scgc.runtime.noise import uniform_like


@torch.no_grad()
def mirrored(level: Tensor) -> tuple[Tensor, Tensor]:
    """Uniform noise u of the shape of log-odds, [...], and the bits 1[1 - u < p] and 1[u < p], [2, ...]."""
    u, p = uniform_like(level), level.sigmoid()
    return u, torch.stack([1 - u < p, u < p]).to(level.dtype)


def paired_tilts(level: Tensor, coefficient: Tensor, bits: Tensor, at: Tensor | None = None) -> Tensor:
    """Zeros with the first and second derivatives of what either draw of a pair counts for: [2, ...].

    level: log-odds, [..., n]. coefficient: [..., n]. bits: of either draw, [2, ..., n], ones and zeros.
    at: [2, ..., n], 0 where a draw does not come to a bit; left out for 1 everywhere.
    """
    level = level.expand_as(coefficient)
    tilts: Tensor = _Paired.apply(level, coefficient, bits, at)  # type: ignore[no-untyped-call]
    return tilts


class _Paired(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(level: Tensor, coefficient: Tensor, bits: Tensor, at: Tensor | None) -> Tensor:
        return bits.new_zeros(bits.shape[:-1])

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        level, coefficient, bits, at = ctx.saved_tensors
        found = coefficient * grad.sum(0).unsqueeze(-1)
        if torch.is_grad_enabled():
            curve = _curve(level, coefficient, bits, at)
            found = found + 0.5 * (curve * grad.unsqueeze(-1)).sum(0)
        return found, None, None, None


def _curve(level: Tensor, coefficient: Tensor, bits: Tensor, at: Tensor | None) -> Tensor:
    """Zeros with the derivatives of twice the gradient by `level`, [2, ..., n]."""
    change, on = slope(level), level.detach().sigmoid()
    scores, others = bits - on, 1 - bits - on  # of the bit as it is drawn, and of its other value
    if at is not None:
        scores, others = scores * at, others * at
    tilt = (coefficient * change).sum(-1, keepdim=True)
    score = (scores * change).sum(-1, keepdim=True)
    return coefficient * score + tilt * scores + 2 * coefficient * others * change
