"""Products of matrices in float32, on processors that are not Intel's.

PyTorch multiplies float32 matrices by Intel's MKL, which keeps its fastest code for Intel's processors.
oneDNN, by which PyTorch computes convolutions and lower precisions, does not: on AMD's with AVX-512 it takes
half the time. Small products, other precisions and other devices are left to PyTorch's own calls.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime.batched import OneByOne

SMALL = 1 << 21
"""Multiplications of a product that takes no longer by MKL, with what it costs here to have a gradient."""


class Linear(nn.Linear):
    """nn.Linear, with the products that are the fastest here."""

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)


class GRUCell(nn.GRUCell):
    """nn.GRUCell, likewise."""

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if hx is None or not _fits(input, hx, 3 * self.hidden_size):
            return super().forward(input, hx)
        size = self.hidden_size
        of_input = linear(input, self.weight_ih, self.bias_ih)
        of_state = linear(hx, self.weight_hh, self.bias_hh)
        gates = (of_input[..., : 2 * size] + of_state[..., : 2 * size]).sigmoid()
        reset, update = gates.chunk(2, -1)
        new = (of_input[..., 2 * size :] + reset * of_state[..., 2 * size :]).tanh()
        return torch.lerp(new, hx, update)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """F.linear: x [..., n], weight [m, n] and bias [m] to [..., m]."""
    if not _fits(x, weight, len(weight)):
        return F.linear(x, weight, bias)
    if not torch.is_grad_enabled():
        return _multiplied(x, weight, bias)
    out: Tensor = _Linear.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return out


def matmul(x: Tensor, y: Tensor) -> Tensor:
    """x @ y, of matrices; without a gradient."""
    if _fits(x, y, y.shape[1]):
        return _multiplied(x, y.t())
    return x @ y


def _apart() -> bool:
    """Whether PyTorch multiplies by MKL, on a processor that is not Intel's, and has oneDNN besides."""
    if not (torch.backends.mkl.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")):  # type: ignore[no-untyped-call]
        return False
    told = Path("/proc/cpuinfo")
    words = told.read_text("utf-8", "replace")[:4096] if told.exists() else platform.processor()
    return "AuthenticAMD" in words


ONEDNN = _apart()
"""Whether products that are not small are oneDNN's."""


def _fits(x: Tensor, y: Tensor, columns: int) -> bool:
    """Whether a product of x and y, of so many columns, is not small, and MKL would compute it. PyTorch's
    compiler sees PyTorch's own calls."""
    if not ONEDNN or x.numel() * columns <= SMALL:
        return False
    single = x.dtype is y.dtype is torch.float32 and x.is_cpu and x.dim() > 1
    return single and not (torch.is_autocast_enabled("cpu") or torch.compiler.is_compiling())


def _multiplied(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    product = by_onednn(x.flatten(0, -2), weight.t(), bias)
    return product if x.dim() == 2 else product.view(*x.shape[:-1], len(weight))


def by_onednn(x: Tensor, y: Tensor, bias: Tensor | None) -> Tensor:
    """x @ y, of matrices, with `bias` added to every row; without a gradient."""
    # what PyTorch's compiler calls for layers that are trained no more: it has no public name
    call = torch.ops.mkldnn._linear_pointwise
    product: Tensor = call(_dense(x), _dense(y).t(), bias, "none", [], "")
    return product


def _dense(x: Tensor) -> Tensor:
    """A matrix without gaps, row by row or column by column: of others oneDNN takes each number by itself."""
    return x if x.is_contiguous() or x.t().is_contiguous() else x.contiguous()


class _Linear(OneByOne):
    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return _multiplied(x, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, weight, _ = inputs
        ctx.save_for_backward(x, weight)
        ctx.save_for_forward(x, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        for_x, for_weight, for_bias = ctx.needs_input_grad
        rows = grad.flatten(0, -2)
        of_x = linear(grad, weight.t()) if for_x else None
        of_weight = linear(rows.t(), x.flatten(0, -2).t()) if for_weight else None
        return of_x, of_weight, rows.sum(0) if for_bias else None

    @staticmethod
    def jvp(ctx: Any, x: Tensor | None, weight: Tensor | None, bias: Tensor | None) -> Tensor:
        """Of the directions of the inputs that have one."""
        at_x, at_weight = ctx.saved_tensors
        of_x = None if x is None else linear(x, at_weight)
        of_weight = None if weight is None else linear(at_x, weight)
        parts = [part for part in (of_x, of_weight, bias) if part is not None]
        return sum(parts[1:], parts[0])
