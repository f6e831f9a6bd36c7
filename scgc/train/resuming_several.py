"""Runs that differ in the seed and were broken off, from their folder to where they end.

Side by side they go on at the latest step of which each has a checkpoint: they are written one after the
other, and each run keeps the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.running import CannotResume
from scgc.train.keeping import LAST, PREVIOUS, steps_kept
from scgc.train.record import wishes_of
from scgc.train.result import Result
from scgc.train.results import Results
from scgc.train.resuming import Again, Tell, read_kept, reopened, resume
from scgc.train.run import Run, run
from scgc.train.runs import BEGUN, RunDirectory, no_run
from scgc.train.several import Folder, one_after_another, side_by_side
from scgc.train.together import shared


def resume_seeds(path: Path, again: Again, console: Console | None, tell: Tell) -> Results:
    """Go on with the runs in a folder until all are finished. Raises as `resume` does."""
    folder = Folder.read(path)
    places = range(len(folder.seeds))
    begun = [i for i in places if (folder.of(i) / BEGUN).is_file()]
    if not begun:
        raise no_run(path, "none of its runs had begun")
    if folder.why:
        folder.faults.clear()  # they go on too
        return one_after_another(
            folder, [_alone(folder, i, begun[0], again, console, tell) for i in places], console
        )
    left = [i for i in places if i not in folder.faults]
    if not left:
        raise ProgramError(tuple(folder.faults.values()))
    with ExitStack() as opened:
        found = _reopened(folder, [i for i in left if i in begun], again, tell, opened)
        runs = {i: one for i, one in found.items() if isinstance(one, Run)}
        if len(runs) < len(found):  # all that is left comes after the training
            results = [one if isinstance(one, Result) else one.whole(console) for one in found.values()]
            return folder.results(results)
        first = runs[min(runs)]
        if console is not None:
            told = f"{path} goes on at step {first.done} of {first.plan.clock.total}"
            console.print(told, highlight=False, soft_wrap=True)
        data = shared(first.data, first.machine.device)
        whole = [_member(folder, i, runs.get(i, first), begun, opened) for i in places]
        runs_ = [replace(run, data=data, evaluations=first.evaluations) for run in whole]
        return side_by_side(folder, runs_, console)


def _reopened(
    folder: Folder, places: Sequence[int], again: Again, tell: Tell, opened: ExitStack
) -> dict[int, Run | Result]:
    """The runs that have begun, at the latest step that they have in common."""
    step = _common(folder, places)
    found: dict[int, Run | Result] = {}
    for i in places:
        found[i] = one = reopened(folder.of(i), again, tell, step)
        if isinstance(one, Run):
            opened.callback(one.directory.close)
    return found


def _common(folder: Folder, places: Sequence[int]) -> int:
    """The latest step of which every run has an intact checkpoint. Raises ProgramError (SCG523)."""
    every = set.intersection(*(steps_kept(folder.of(i)) for i in places))
    if every and len(places) + len(folder.faults) == len(folder.seeds):
        return max(every)
    written = [i for i in places if any((folder.of(i) / name).exists() for name in (LAST, PREVIOUS))]
    if len(written) < len(places) or len(places) + len(folder.faults) < len(folder.seeds):
        return 0  # no step had been kept of all
    problem = "its runs have no intact checkpoint of the same step"
    advice = f"go on with each by itself, as with `scgc run --resume {folder.of(places[0])}`."
    raise ProgramError((CannotResume(span=None, path=str(folder.path), problem=problem, advice=advice),))


def _member(folder: Folder, place: int, like: Run, begun: Sequence[int], opened: ExitStack) -> Run:
    """One of the runs: one that has not begun begins now; one that has diverged takes another's place, so
    that all draw what they would have drawn, and nothing of it is kept."""
    if place not in folder.faults and place in begun:
        return like
    seed, path = folder.seeds[place], folder.of(place)
    directory = (
        RunDirectory.reopen(path) if place in begun else RunDirectory.create(path, like.compiled.title)
    )
    opened.callback(directory.close)
    wishes, plan = replace(like.wishes, seed=seed, out=path), replace(like.plan, seed=seed)
    return replace(like, wishes=wishes, plan=plan, place=directory)


def _alone(
    folder: Folder, place: int, begun: int, again: Again, console: Console | None, tell: Tell
) -> Callable[[], Result]:
    """One of runs that are made one after another."""
    path = folder.of(place)
    if (path / BEGUN).is_file():
        return lambda: resume(path, again, console, tell)
    kept = read_kept(folder.of(begun))
    wishes = again.over(wishes_of(kept.settings, path))
    return lambda: run(kept.compiled, replace(wishes, seed=folder.seeds[place]), console)
