"""The memory of a training step: activations, gradients and everything else that it allocates."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch.profiler import ProfilerActivity, profile


def peak(steps: Callable[[int], object]) -> int:
    """The most bytes that one step holds at once, besides what was there before it."""
    steps(1)
    with silent(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        steps(1)
    assert profiled.profiler is not None and profiled.profiler.kineto_results is not None
    events = [e for e in profiled.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most


@contextmanager
def silent() -> Iterator[None]:
    """Without what the profiler's C++ writes to the standard error, whatever its settings."""
    before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)
