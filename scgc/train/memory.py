"""Memory of the process, on a processor."""

from __future__ import annotations

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""The names of these settings in glibc's malloc.h."""
KEPT = 1 << 30
"""Bytes: free memory up to this much is kept, and what is no larger comes from it."""


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
