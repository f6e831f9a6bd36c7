"""The work of one process of a sweep: the run of one cell, from its folder to its result or its error."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.render import render_all
from scgc.sweep.grid import Cell
from scgc.sweep.legal import Swept
from scgc.sweep.standing import ERROR, begun
from scgc.train.plan import Wishes
from scgc.train.stopping import Interrupted


@dataclass(frozen=True)
class Task:
    """A cell that is to be run in a folder; one that has begun there goes on."""

    swept: Swept
    cell: Cell
    folder: Path
    wishes: Wishes


def work(task: Task) -> None:
    """Run a cell to its end. What goes wrong is left as `error.txt` in its folder.

    Raises Interrupted, KeyboardInterrupt where it is asked to end: then it can go on from its folder.
    """
    try:
        _run(task)
    except (Interrupted, KeyboardInterrupt):
        raise
    except ProgramError as error:
        fail(task.folder, render_all(error.diagnostics, color=False))
    except BaseException as error:  # a bug, ours or in Python code of the user's: the other cells go on
        fail(task.folder, "".join(traceback.format_exception(error)))


def work_alone(task: Task) -> None:
    """`work` as the whole of a process that was started for it; it ends with the sweep, and takes signals
    from it alone: a terminal's Ctrl-C goes to the sweep, which hands it on once."""
    with suppress(AttributeError, OSError):
        os.setsid()
    _end_with_the_sweep()
    devnull = os.open(os.devnull, os.O_RDWR)
    os.dup2(devnull, 0)
    os.dup2(devnull, 1)
    with suppress(Interrupted, KeyboardInterrupt):
        work(task)


def fail(folder: Path, text: str) -> None:
    """Leave word of a failure in a cell's folder; where even that fails there is none to leave it with."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ERROR).write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")


def _run(task: Task) -> Any:
    (task.folder / ERROR).unlink(missing_ok=True)
    if begun(task.folder):
        from scgc.train.resuming import Again, resume

        return resume(task.folder, Again(device=task.wishes.device, data=task.wishes.data))
    from scgc.train.compiled import Compiled
    from scgc.train.run import run

    compiled = Compiled.of(task.swept.compilation(task.cell))
    return run(compiled, task.wishes)


def _end_with_the_sweep() -> None:
    """Where the sweep is killed the run ends after a checkpoint, as with SIGTERM."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
