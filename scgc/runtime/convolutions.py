"""Transposed convolutions on a processor, in the forms in which oneDNN, PyTorch's library for them, is fast.

Values and gradients are those of PyTorch's own layer, which is left alone on other devices.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime.batched import OneByOne

FEW = 4
"""Channels: oneDNN takes as long for one as for sixteen, so that those between pixels are computed as one."""


class ConvTranspose2d(nn.ConvTranspose2d):
    """nn.ConvTranspose2d of square windows, from images [B, c, h, w] or one, [c, h, w]."""

    def __init__(
        self, c: int, out: int, *, kernel_size: int, stride: int = 1, padding: int = 0, bias: bool = True
    ) -> None:
        super().__init__(c, out, kernel_size, stride, padding, bias=bias)

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if not input.is_cpu or output_size is not None:
            return super().forward(input, output_size)
        x, weight, bias = input, self.weight, self.bias
        if torch.is_autocast_enabled("cpu") and x.dtype is not torch.float64:
            low = torch.get_autocast_dtype("cpu")
            x, weight, bias = x.to(low), weight.to(low), None if bias is None else bias.to(low)
        single = x.dim() == 3
        window = self.stride[0], self.padding[0]
        out: Tensor = _Deconvolved.apply(x[None] if single else x, weight, bias, *window)  # type: ignore[no-untyped-call]
        return out[0] if single else out


class _Deconvolved(OneByOne):
    """The gradient of the bias is a sum by itself: oneDNN's takes longer than that of the weights. With the
    channels of several runs in groups oneDNN is slow."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
        if stride > 1 and weight.shape[1] <= FEW:
            return _between(x, weight, bias, stride, padding)
        return F.conv_transpose2d(x, weight, bias, stride, padding)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, weight, _, *ctx.window = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (x, weight), (stride, padding) = ctx.saved_tensors, ctx.window
        for_x, for_weight, for_bias, *_ = ctx.needs_input_grad
        of_x, of_weight, _ = torch.ops.aten.convolution_backward(
            *(grad, x, weight, None, [stride] * 2, [padding] * 2, [1, 1], True, [0, 0], 1),
            [for_x, for_weight, False],
        )
        return of_x, of_weight, grad.sum((0, 2, 3)) if for_bias else None, None, None


def _between(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
    """F.conv_transpose2d as a convolution of stride 1 to all pixels that lie between those of x, as channels
    (Shi et al. 2016): for each of the stride's offsets every stride-th row and column of the
    kernel."""
    c, out, kernel = weight.shape[:3]
    reach = -(-kernel // stride)
    missing = reach * stride - kernel
    parts = F.pad(weight, (0, missing, 0, missing)).view(c, out, reach, stride, reach, stride)
    # with the channels last in memory
    parts = parts.flip(2, 4).permute(1, 3, 5, 2, 4, 0).reshape(-1, reach, reach, c).permute(0, 3, 1, 2)
    biases = None if bias is None else bias.repeat_interleave(stride * stride)
    pixels = F.pixel_shuffle(F.conv2d(x, parts, biases, padding=reach - 1), stride)
    height, width = ((n - 1) * stride + kernel - padding for n in x.shape[-2:])
    return pixels[..., padding:height, padding:width].clone()  # no view, which could not be changed in place
