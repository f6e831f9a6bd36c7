"""The lock of a run directory: one process at a time writes there. No torch."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.running import RunInUse

LOCK = ".scgc.lock"


def hold(path: Path) -> FileLock:
    """The lock of a run directory, which the system gives back when a process dies however it dies.

    Raises OSError, ProgramError (SCG522) where another process holds it.
    """
    lock = FileLock(path / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        who = ""
        with suppress(OSError):
            process = (path / LOCK).read_text(encoding="utf-8").strip()
            who = f", number {process}" if process else ""
        raise ProgramError((RunInUse(span=None, path=str(path), process=who),)) from None
    (path / LOCK).write_text(f"{os.getpid()}\n", encoding="utf-8")
    return lock


def held(path: Path) -> bool:
    """Whether a process holds the lock now."""
    if not (path / LOCK).exists():
        return False
    lock = FileLock(path / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:  # a folder that is not ours
        return False
    lock.release()
    return False
