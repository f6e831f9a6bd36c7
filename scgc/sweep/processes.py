"""A sweep on this machine: some processes at a time, one for each cell, one thread each.

Each is forked from a server that has imported PyTorch once, so that a cell costs no second start, shares
nothing with the others, and takes none of them with it when it dies.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

from scgc.sweep.standing import standing
from scgc.sweep.work import Task, fail, work_alone
from scgc.train.stopping import Interrupted, Stop

LOOK = 0.2
"""Seconds after which the sweep looks for a signal, besides for ends of processes."""


def on_this_machine(tasks: Sequence[Task], jobs: int, stop: Stop) -> Iterator[Task]:
    """Do the tasks, `jobs` at a time; gives each when its process has ended. Raises Interrupted where
    `stop`, which is held, says so; every run has written a checkpoint then."""
    server = _server()
    waiting, running = list(tasks), dict[Any, tuple[BaseProcess, Task]]()
    try:
        while waiting or running:
            stop.check()
            while waiting and len(running) < jobs:
                task = waiting.pop(0)
                process = server.Process(target=work_alone, args=(task,), daemon=False)
                process.start()
                running[process.sentinel] = process, task
            for ended in wait(list(running), LOOK):
                process, task = running.pop(ended)
                yield _closed(process, task)
    except Interrupted:
        for process, _ in running.values():
            process.terminate()  # SIGTERM: a run ends after a checkpoint, as with Ctrl-C
        for process, task in running.values():
            process.join()
            yield task
        raise
    finally:
        for process, _ in running.values():
            if process.is_alive():  # a second Ctrl-C
                process.kill()


def _server() -> Any:
    kinds = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in kinds else "spawn")
    if "forkserver" in kinds:
        context.set_forkserver_preload(["scgc.train.run", "scgc.train.resuming", "scgc.sweep.work"])
    return context


def _closed(process: BaseProcess, task: Task) -> Task:
    """The task of a process that has ended; what it died of becomes the error of its cell."""
    process.join()
    code = process.exitcode or 0
    if code and standing(task.folder).status in ("new", "broken off"):
        what = f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"exit code {code}"
        fail(task.folder, f"its process ended with {what}; the machine may have run out of memory")
    return task
