"""How fast a step could be at best: its operations at the rate at which the machine multiplies matrices."""

from __future__ import annotations

from time import perf_counter

import torch
from contenders import by_hand
from subject import Subject
from torch.utils.flop_counter import FlopCounterMode

SIZE = 1024
"""Rows and columns of the matrices: a product that is large enough to be fast, and fits the cache."""


def lowest(subject: Subject) -> float:
    """Seconds that the operations of the hand-written step (products and convolutions) take at that rate."""
    steps = by_hand(subject)
    steps(1)
    with FlopCounterMode(display=False) as counted:
        steps(1)
    return float(counted.get_total_flops()) / rate()


def rate(rounds: int = 20) -> float:
    """Operations a second of the fastest of some products, with the threads that PyTorch has now."""
    a, b = torch.rand(SIZE, SIZE), torch.rand(SIZE, SIZE)
    best = float("inf")
    for _ in range(rounds):
        began = perf_counter()
        torch.mm(a, b)
        best = min(best, perf_counter() - began)
    return 2 * SIZE**3 / best
