"""What a text may cost: processor time and memory, measured."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Exceeded(Exception):
    """The time is up."""


@contextmanager
def bounded(seconds: float, megabytes: float) -> Iterator[None]:
    """Stops what takes more processor time, and refuses what makes the process larger than by so much."""

    def stop(signal_: int, frame: FrameType | None) -> None:
        raise Exceeded(f"more than {seconds} s of processor time")

    before, kept = peak(), signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, kept)
    assert peak() - before < megabytes, f"{peak() - before:.0f} MB"


def peak() -> float:
    """The most memory that the process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
