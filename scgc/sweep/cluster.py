"""A sweep on a Ray cluster, whose machines find the program, its data and the sweep's folder where this one
does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import MissingFile
from scgc.diagnostics.running import NoCluster
from scgc.sweep.standing import standing
from scgc.sweep.work import Task, fail, work
from scgc.train.stopping import Interrupted, Stop

LOOK = 0.5
"""Seconds after which the sweep looks for a signal, besides for ends of runs."""
HERE = "local"
"""The address that begins a cluster on this machine for the time of the sweep."""


def on_a_cluster(tasks: Sequence[Task], address: str, jobs: int, stop: Stop) -> Iterator[Task]:
    """Do the tasks, one processor core each, as many at a time as the cluster has cores; `local` has `jobs`.

    Gives each when it has ended. Raises Interrupted where `stop`, which is held, says so; the runs end at
    once then, and go on from their latest checkpoints. Raises ProgramError (SCG501, SCG527)."""
    ray = _begun(address, jobs)
    remote = ray.remote(num_cpus=1, max_calls=1, max_retries=0)(work)
    running = {remote.remote(_anywhere(task)): task for task in tasks}
    try:
        while running:
            stop.check()
            done, _ = ray.wait(list(running), timeout=LOOK)
            for ended in done:
                yield _closed(ray, ended, running.pop(ended))
    except Interrupted:
        for reference in running:
            ray.cancel(reference, force=True)
        raise
    finally:
        ray.shutdown()


def _begun(address: str, jobs: int) -> Any:
    """Ray, with the cluster reached. Raises ProgramError (SCG501, SCG527)."""
    try:
        import ray
    except ImportError:
        ways = "`pip install scg-compiler[ray]`, or leave out --ray."
        raise ProgramError((MissingFile(span=None, what="the package", path="ray", ways=ways),)) from None
    quiet = {"log_to_driver": False, "logging_level": "error", "include_dashboard": False}
    try:
        if address == HERE:
            ray.init(num_cpus=jobs, **quiet)
        else:
            ray.init(address=address, log_to_driver=False, logging_level="error")
    except (ConnectionError, ValueError, RuntimeError) as error:
        problem = (str(error).splitlines() or [type(error).__name__])[0]
        raise ProgramError((NoCluster(span=None, address=address, problem=problem),)) from None
    return ray


def _anywhere(task: Task) -> Task:
    """A task whose folders do not depend on the folder in which a process begins."""
    data = None if task.wishes.data is None else task.wishes.data.resolve()
    folder = task.folder.resolve()
    wishes = replace(task.wishes, out=folder, data=data, base=task.wishes.base.resolve())
    return replace(task, folder=folder, wishes=wishes)


def _closed(ray: Any, ended: Any, task: Task) -> Task:
    try:
        ray.get(ended)
    except ray.exceptions.RayError as error:
        if standing(task.folder).status in ("new", "broken off"):
            fail(task.folder, f"its process on the cluster ended: {error}")
    return task
