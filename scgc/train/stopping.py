"""Ctrl-C, SIGTERM and SIGHUP during a run: the step is finished and a checkpoint written before it ends.

A second signal does what it would have done without us. No torch.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

SIGNALS = tuple(getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n))


class Interrupted(Exception):
    """A run that was asked to end. step: where; None before training. folder: what `--resume` is given."""

    def __init__(self, number: int, step: int | None = None, folder: Path | None = None) -> None:
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.number, self.step, self.folder = number, step, folder

    @property
    def code(self) -> int:
        """The exit code, as shells count it: 130 for Ctrl-C."""
        return 128 + self.number


class Stop:
    """Whether the run has been asked to end. Within `with Stop()` a signal raises Interrupted at once, but
    inside of `held`, where whoever holds it looks with `check` when it is a good moment."""

    def __init__(self) -> None:
        self.asked: int | None = None
        self._held = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():  # no other may set handlers
            for number in SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, a job in the background
                    self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        for number in list(self._before):
            signal.signal(number, self._before.pop(number))

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.asked = number
        self.__exit__()
        if not self._held:
            raise Interrupted(number)

    def check(self) -> None:
        """Raises Interrupted where a signal came."""
        if self.asked is not None:
            raise Interrupted(self.asked)

    @contextmanager
    def held(self, hold: bool = True) -> Iterator[None]:
        """Signals wait for `check`; with `hold` False they do not, inside of a part where they do."""
        before, self._held = self._held, hold
        try:
            if not hold:
                self.check()
            yield
        finally:
            self._held = before
