"""The autograd function of the estimator `imle`: most likely values, with finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


def perturbed_corner(
    logits: Tensor, noise: Tensor, step: Tensor | float, corner: Callable[[Tensor], Tensor]
) -> Tensor:
    """corner(logits + noise[0]), of the logits' shape.

    noise: [samples, ...]. corner: the most likely value of logits. The gradient is the mean over samples of
    (corner(x) - corner(x - step * g)) / step, where x is logits + noise and g the gradient at the value.
    """
    out: Tensor = _Difference.apply(logits, noise, step, corner)  # type: ignore[no-untyped-call]
    return out


class _Difference(Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, noise: Tensor, step: Any, corner: Any) -> Tensor:
        perturbed = logits + noise
        corners: Tensor = corner(perturbed)
        ctx.step, ctx.corner = step, corner
        ctx.save_for_backward(perturbed, corners)
        return corners[0].clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        perturbed, corners = ctx.saved_tensors
        with torch.no_grad():
            target = ctx.corner(perturbed - ctx.step * grad)
            return ((corners - target) / ctx.step).mean(0).to(grad.dtype), None, None, None
