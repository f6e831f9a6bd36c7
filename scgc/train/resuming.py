"""A run that was broken off, from its directory to where it ends: bit for bit, on a processor, as if it had
never been broken off.

What runs is what the directory holds, not the program's file, which may have changed since.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from scgc.data.columns import examples
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.running import CannotResume, LinesLost, OtherMachine
from scgc.train import process
from scgc.train.checkpoints import Checkpoint
from scgc.train.compiled import Compiled
from scgc.train.crew import agreed, leading, telling_once
from scgc.train.device import Machine
from scgc.train.keeping import latest
from scgc.train.plan import Wishes, make_plan
from scgc.train.record import versions, wishes_of
from scgc.train.result import Result
from scgc.train.run import Run
from scgc.train.runs import METRICS, RunDirectory, no_run

Tell = Callable[[Diagnostic], None]


@dataclass(frozen=True)
class Again:
    """What may be said of a run that goes on: how far, on which device, and where its data lies now."""

    steps: int | None = None
    epochs: int | None = None
    device: str | None = None
    data: Path | None = None

    def over(self, wishes: Wishes) -> Wishes:
        """The wishes that the run began with, and these."""
        if self.steps is not None or self.epochs is not None:
            wishes = replace(wishes, steps=self.steps, epochs=self.epochs)
        return replace(wishes, device=self.device or wishes.device, data=self.data or wishes.data)


def resume(path: Path, again: Again, console: Console | None = None, tell: Tell | None = None) -> Result:
    """Go on with a run until it is finished. One that is finished gives its result, unless more is wanted.

    console: where progress is shown; None for nowhere. tell: is told what is no error.
    Raises ProgramError (SCG5xx), and Interrupted as `run` does.
    """
    found = reopened(path, again, tell or _silent)
    if isinstance(found, Result):
        return found
    if console is not None:
        told = f"{path} goes on at step {found.done} of {found.plan.clock.total}"
        console.print(told, highlight=False, soft_wrap=True)
    return found.whole(console)


def reopened(path: Path, again: Again, tell: Tell, step: int | None = None) -> Run | Result:
    """A run at its latest checkpoint, or at that of a step; the result of one that is finished."""
    devices = _devices(path)
    with telling_once(devices):
        return _reopened(path, again, tell, step, leading(devices))


def _reopened(path: Path, again: Again, tell: Tell, step: int | None, leads: bool) -> Run | Result:
    """The same; of several processes the others train with the first and end here."""
    directory = RunDirectory.reopen(path) if leads else None
    machine, ready = None, False
    try:
        kept = read_kept(path)
        if kept.result is not None and again == Again(device=again.device, data=again.data):
            return kept.result
        wishes = again.over(wishes_of(kept.settings, path))
        process.set_up(wishes)
        data = kept.compiled.load(kept.compiled.program.train.data, wishes)  # type: ignore[union-attr]
        plan = make_plan(kept.compiled.program, wishes, examples(data.splits["train"]) if data else None)
        if kept.result is not None and plan.clock.total == kept.settings["steps"]:
            return kept.result
        machine = Machine.of(wishes.device, wishes.precision, wishes.devices)
        evaluations = kept.compiled.load_evaluations(data, wishes)
        if directory is None:
            begun = agreed(machine, False)
            checkpoint = latest(path, _silent, step) if begun else None
            Run(kept.compiled, wishes, plan, machine, None, data, evaluations, checkpoint).follow(begun)
        checkpoint = latest(path, tell, step)
        run = Run(kept.compiled, wishes, plan, machine, directory, data, evaluations, checkpoint)
        _verify(run, kept.settings)
        _compare(kept.settings, machine.device, tell)
        _cut(directory, checkpoint, tell)
        ready = True
    finally:
        if directory is not None and machine is not None:
            agreed(machine, ready)
        if directory is not None and not ready:
            directory.close()
    return run


def _devices(path: Path) -> int:
    """How many processes train the model of a run."""
    try:
        settings = json.loads((path / "settings.json").read_text("utf-8"))
        return int(settings["wishes"]["devices"])
    except (OSError, ValueError, KeyError, TypeError):
        return 1


@dataclass(frozen=True)
class Kept:
    """What a run directory says of its run; `result` where it is finished."""

    compiled: Compiled
    settings: dict[str, Any]
    result: Result | None


def read_kept(path: Path) -> Kept:
    """Raises ProgramError (SCG511) where that is not a run's directory."""
    try:
        read = {n: json.loads((path / n).read_text("utf-8")) for n in ("program.json", "settings.json")}
        result = path / "result.json"
        finished = Result.of(json.loads(result.read_text("utf-8"))) if result.is_file() else None
        found = None if finished is None else replace(finished, path=path, found=True)
        return Kept(Compiled.restored(read["program.json"]), read["settings.json"], found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise no_run(path, reason) from None


def _verify(run: Run, before: dict[str, Any]) -> None:
    """The data is that of before, as far as its sizes tell, and there is something left to do."""
    path, clock = run.directory.path, run.plan.clock
    dims = run.compiled.data_dims(run.data)
    if (dims, clock.per_epoch) != (before["dims"], before["steps_per_epoch"]):
        problem = f"the data has changed: {_sizes(before['dims'], before['steps_per_epoch'])} then, "
        problem += f"{_sizes(dims, clock.per_epoch)} now"
        _fail(path, problem, "restore the data, or begin a new run.")
    if clock.total < run.done:
        advice = f"ask for more than {run.done} steps, or begin a new run."
        _fail(path, f"{clock.total} steps are asked for, and {run.done} are done", advice)


def _sizes(dims: dict[str, int], per_epoch: int | None) -> str:
    told = [*(f"{name} = {size}" for name, size in dims.items()), f"{per_epoch} steps an epoch"]
    return ", ".join(told)


def _compare(before: dict[str, Any], device: torch.device, tell: Tell) -> None:
    """Say where another machine goes on."""
    then = {**before["versions"], "device": before["device"]}
    now = {**versions(), "device": str(device)}
    if changed := [name for name, value in now.items() if then.get(name) != value]:
        words = [", ".join(f"{name} {side.get(name)}" for name in changed) for side in (then, now)]
        tell(OtherMachine(span=None, before=words[0], now=words[1]))


def _cut(directory: RunDirectory, checkpoint: Checkpoint | None, tell: Tell) -> None:
    """Take away what was recorded after the checkpoint: it is done again."""
    (directory.path / "result.json").unlink(missing_ok=True)
    if not directory.cut(checkpoint.facts["metrics"] if checkpoint else 0):
        assert checkpoint is not None
        step = checkpoint.facts["state"]["step"]
        tell(LinesLost(span=None, path=str(directory.path / METRICS), step=step))


def _silent(diagnostic: Diagnostic) -> None:
    """Nobody wants to know."""


def _fail(path: Path, problem: str, advice: str) -> None:
    raise ProgramError((CannotResume(span=None, path=str(path), problem=problem, advice=advice),))
