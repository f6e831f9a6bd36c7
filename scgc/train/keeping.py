"""When checkpoints are written, and which are kept.

last.safetensors      the latest: everything that it takes to go on
previous.safetensors  the one before, for the case that the latest is damaged
best.safetensors      the weights of the best evaluation, as of the latest checkpoint
.best-STEP.safetensors  those of the one before, where they are others

Checkpoints never change what is computed: when they are written may depend on the clock on the wall.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.running import CannotResume, DamagedCheckpoint, NotKept
from scgc.train.checkpoints import Checkpoint, Damaged, read_checkpoint, read_facts, write_checkpoint
from scgc.train.clock import Clock

LAST, PREVIOUS, BEST = "last.safetensors", "previous.safetensors", "best.safetensors"

EVERY = 60.0
"""Seconds after which a checkpoint is due."""
SHARE = 0.01
"""The part of the time that checkpoints may take, where the program does not say when they are written."""


@dataclass
class Keeper:
    """The checkpoints of a run directory.

    settle: has the metrics on the disk, and gives their length in bytes.
    best: the weights of a new best evaluation, to be written with the next checkpoint.
    cost: seconds that the latest checkpoint took.
    """

    folder: Path
    clock: Clock
    settle: Callable[[], int]
    best: Checkpoint | None = None
    cost: float = 0.0
    _written: float = field(default_factory=time.monotonic)

    def due(self, step: int, evaluated: bool) -> bool:
        """Whether a checkpoint is to be written when `step` steps are done."""
        if self.clock.keeps(step):
            return True
        if self.clock.checkpoint is not None:
            return False
        passed = time.monotonic() - self._written
        return (evaluated or passed > EVERY) and passed > self.cost / SHARE

    def write(self, checkpoint: Checkpoint, began: float) -> None:
        """Write a checkpoint, taken from `began` on, and the best weights where there are new ones.

        Raises ProgramError (SCG521) where that fails; what was there before is intact then.
        """
        try:
            facts = {**checkpoint.facts, "metrics": self.settle()}
            before = self._write_best()
            part = write_checkpoint(self.folder / LAST, Checkpoint(checkpoint.tensors, facts))
            if (self.folder / LAST).exists():
                os.replace(self.folder / LAST, self.folder / PREVIOUS)
            os.replace(part, self.folder / LAST)
            _settle_names(self.folder)
            for hidden in self.folder.glob(".best-*"):
                if hidden != before:
                    hidden.unlink()
        except OSError as error:
            raise not_kept(self.folder, error) from None
        self.best = None
        self._written = time.monotonic()
        self.cost = self._written - began

    def _write_best(self) -> Path | None:
        """Put the new best weights in place; gives where those are now that the latest checkpoint knows."""
        if self.best is None:
            return None
        path, hidden = self.folder / BEST, None
        part = write_checkpoint(path, self.best)
        with suppress(Damaged, FileNotFoundError):
            hidden = _hidden(path, _step(path))
            os.replace(path, hidden)
        os.replace(part, path)
        return hidden


def not_kept(folder: Path, error: OSError) -> ProgramError:
    """What is told where a run cannot write to its folder."""
    problem = error.strerror or str(error)
    try:
        step = read_facts(folder / LAST)["state"]["step"]
        kept = f"the checkpoint of step {step} is kept"
    except (Damaged, KeyError):
        kept = "nothing was saved before"
    return ProgramError((NotKept(span=None, path=str(folder), problem=problem, kept=kept),))


def latest(folder: Path, tell: Callable[[Diagnostic], None], step: int | None = None) -> Checkpoint | None:
    """The latest checkpoint of a run that is intact, or that of a step; None where none was written.

    Where that is not the last one because of damage, this is told; it becomes the last one. Raises
    ProgramError (SCG523) where there are some, and none is intact.
    """
    damage = []
    for path in (folder / LAST, folder / PREVIOUS):
        if not path.exists():
            continue
        try:
            found = read_checkpoint(path)
            if step is not None and found.facts["state"]["step"] != step:
                continue
            _restore_best(folder, found.facts["state"]["best_step"])
        except (Damaged, KeyError) as error:
            damage.append((path, str(error)))
            continue
        if path.name == PREVIOUS:
            os.replace(path, folder / LAST)
        for broken, problem in damage:
            step = found.facts["state"]["step"]
            tell(DamagedCheckpoint(span=None, path=str(broken), problem=problem, step=step))
        return found
    if damage:
        what = "; ".join(f"{path.name} is damaged: {problem}" for path, problem in damage)
        advice = f"without {LAST} and {PREVIOUS} it begins again."
        raise ProgramError((CannotResume(span=None, path=str(folder), problem=what, advice=advice),))
    return None


def steps_kept(folder: Path) -> set[int]:
    """The steps of a run's checkpoints that are intact."""
    found = set()
    for path in (folder / LAST, folder / PREVIOUS):
        with suppress(Damaged, KeyError):
            found.add(int(read_checkpoint(path).facts["state"]["step"]))
    return found


def _restore_best(folder: Path, step: int | None) -> None:
    """Make best.safetensors what it was at a checkpoint that knows the best of `step`. Raises Damaged."""
    path = folder / BEST
    if step is None:
        path.unlink(missing_ok=True)
        return
    problem = f"{BEST} is missing"
    for candidate in (path, _hidden(path, step)):
        if candidate.exists():
            try:
                if _step(candidate) == step:
                    read_checkpoint(candidate)
                    os.replace(candidate, path)
                    return
                problem = f"{BEST} is not of step {step}"
            except Damaged as damage:
                problem = f"{candidate.name} is damaged: {damage}"
    raise Damaged(problem)


def _step(path: Path) -> int:
    """The step of a file with the best weights. Raises Damaged."""
    return int(read_facts(path).get("step", -1))


def _hidden(path: Path, step: int) -> Path:
    return path.with_name(f".best-{step}.safetensors")


def _settle_names(folder: Path) -> None:
    """Have the renaming on the disk, where the system can do that."""
    with suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
