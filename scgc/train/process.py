"""The process that computes: its threads, and its memory on a processor."""

from __future__ import annotations

import ctypes

import torch

from scgc.train.device import named
from scgc.train.plan import Wishes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""The names of these settings in glibc's malloc.h."""
KEPT = 1 << 30
"""Bytes: free memory up to this much is kept, and what is no larger comes from it."""


def set_up(wishes: Wishes) -> None:
    """Set this process up; to be called once where it begins to compute, before it reads data."""
    if wishes.threads is not None:
        torch.set_num_threads(wishes.threads)
    if named(wishes.device) == "cpu":
        keep_freed_memory()


def keep_freed_memory() -> bool:
    """Have the C library keep what tensors leave free, where it is glibc; whether it does.

    By default memory of large tensors is given back to the operating system and asked for again at every
    step, page by page: a fifth of a step that is mostly convolutions.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return False
    return bool(mallopt(MMAP_THRESHOLD, KEPT) and mallopt(TRIM_THRESHOLD, KEPT))
