"""Random numbers behind the samplers: safe in every precision.

Drawn in float32 (float64 for float64 values), also where the model computes in bfloat16, which has too few
distinct values. No noise is infinite, so a scale of 0 turns it off and no gradient sees inf - inf.
"""

from __future__ import annotations

import torch
from torch import Tensor

SMALLEST = 1.1754944e-38
"""The smallest normal float32."""
LARGEST = 1 - 2**-24
"""The largest float32 below 1."""


def uniform_like(x: Tensor) -> Tensor:
    """Independent numbers strictly between 0 and 1, of x's shape."""
    dtype = torch.float64 if x.dtype is torch.float64 else torch.float32
    return torch.rand_like(x, dtype=dtype).clamp_min_(SMALLEST).clamp_max_(LARGEST)


def gumbel_like(x: Tensor) -> Tensor:
    """Independent Gumbel(0, 1) noise of x's shape, within [-4.5, 16.7]."""
    return uniform_like(x).log_().neg_().log_().neg_()


def exponential_like(x: Tensor) -> Tensor:
    """Independent Exponential(1) noise of x's shape, above 0 and finite: exp of minus Gumbel noise.

    On a CPU twice as fast as from `rand`: a draw of 64 bits gives two numbers.
    """
    if x.device.type != "cpu" or x.dtype is torch.float64:
        return uniform_like(x).log_().neg_()
    words = x.new_empty(-(-x.numel() // 2), dtype=torch.int64).random_(-(2**63), None)
    u = words.view(torch.int32)[: x.numel()].to(torch.float32).view(x.shape)
    return u.mul_(2**-32).add_(0.5).clamp_min_(2**-32).clamp_max_(LARGEST).log_().neg_()


def logistic_like(x: Tensor) -> Tensor:
    """Independent logistic noise of x's shape: distributed as the difference of two Gumbel(0, 1)."""
    return uniform_like(x).logit_()


def normal_like(x: Tensor) -> Tensor:
    """Independent standard normal noise of x's shape."""
    dtype = torch.float64 if x.dtype is torch.float64 else torch.float32
    return torch.randn_like(x, dtype=dtype)
