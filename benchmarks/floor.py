"""How fast a step could be at best: its operations at the rate at which PyTorch multiplies on the machine."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import torch
import torch.nn.functional as F
from contenders import by_hand
from subject import Subject
from torch.utils.flop_counter import FlopCounterMode

SIZE = 1024
"""Rows and columns of the matrices: a product that is large enough to be fast, and fits the cache."""
CHANNELS, SIDE, KERNEL = 64, 16, 3
"""Of as many images as channels: a convolution, which PyTorch computes by another library."""


def lowest(subject: Subject) -> float:
    """Seconds that the operations of the hand-written step (products and convolutions) take at that rate."""
    steps = by_hand(subject)
    steps(1)
    with FlopCounterMode(display=False) as counted:
        steps(1)
    return float(counted.get_total_flops()) / rate()


def rate() -> float:
    """Operations a second of a product or a convolution, whichever is faster, with the threads that PyTorch
    has now."""
    a, b = torch.rand(SIZE, SIZE), torch.rand(SIZE, SIZE)
    x, weight = torch.rand(CHANNELS, CHANNELS, SIDE, SIDE), torch.rand(CHANNELS, CHANNELS, KERNEL, KERNEL)
    x, weight = (t.to(memory_format=torch.channels_last) for t in (x, weight))
    product = 2 * SIZE**3 / fastest(lambda: torch.mm(a, b))
    convolution = 2 * x.numel() * weight.numel() / CHANNELS
    return max(product, convolution / fastest(lambda: F.conv2d(x, weight, padding=KERNEL // 2)))


def fastest(function: Callable[[], object], rounds: int = 20) -> float:
    """The seconds that it takes at best."""
    best = float("inf")
    for _ in range(rounds):
        began = perf_counter()
        function()
        best = min(best, perf_counter() - began)
    return best
