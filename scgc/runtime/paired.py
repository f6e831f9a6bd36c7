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

from scgc.runtime.batched import Batched
from scgc.runtime.joint import slope
from scgc.runtime.noise import uniform_like


@torch.no_grad()
def mirrored(level: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For log-odds [...] uniform noise u of their shape, the bits 1[1 - u < p] and 1[u < p], [2, ...], and
    the probabilities p."""
    u, p = uniform_like(level), level.sigmoid()
    return u, torch.stack([1 - u, u]).lt_(p), p


def paired_weights(
    level: Tensor,
    coefficient: Tensor,
    bits: Tensor,
    at: Tensor | None = None,
    *,
    values: tuple[float, float],
    share: float,
) -> Tensor:
    """The weights of either draw of pairs, [2, S, ...]: `values`, of which the first has, as its first and
    second derivatives, `share` of what the draw counts for, and the second so much less.

    level: log-odds, [..., n]. coefficient: [S, ..., n]. bits: of either draw, [2, S, ..., n], ones and zeros.
    at: [2, S, ..., n], 0 where a draw does not come to a bit; left out for 1 everywhere.
    """
    weights: Tensor = _Paired.apply(level, coefficient, bits, at, values, share)  # type: ignore[no-untyped-call]
    return weights


class _Paired(Batched):
    @staticmethod
    def forward(
        level: Tensor,
        coefficient: Tensor,
        bits: Tensor,
        at: Tensor | None,
        values: tuple[float, float],
        share: float,
    ) -> Tensor:
        weights = bits.new_full(bits.shape[:-1], values[0])
        weights[1] = values[1]
        return weights

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        *tensors, _, ctx.share = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        level, coefficient, bits, at = ctx.saved_tensors
        one, other = (ctx.share * grad).unsqueeze(-1)
        found = coefficient * (one - other)
        if torch.is_grad_enabled():
            curves = _curve(level, coefficient, bits, at)
            found = found + 0.5 * (curves[0] * one - curves[1] * other)
        return (found.sum(0) if len(found) > 1 else found[0]), *(None,) * 5


def _curve(level: Tensor, coefficient: Tensor, bits: Tensor, at: Tensor | None) -> Tensor:
    """Zeros with the derivatives of twice the gradient by `level`, [2, ..., n]."""
    change, on = slope(level), level.detach().sigmoid()
    scores, others = bits - on, 1 - bits - on  # of the bit as it is drawn, and of its other value
    if at is not None:
        scores, others = scores * at, others * at
    tilt = (coefficient * change).sum(-1, keepdim=True)
    score = (scores * change).sum(-1, keepdim=True)
    return coefficient * score + tilt * scores + 2 * coefficient * others * change
