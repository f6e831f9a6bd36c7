"""Runs that differ in the seed alone: one batched program (`together.py`) where the program can be batched,
else one after another.

Either way each has a run directory, `seed-N` in the folder of all; `seeds.json` there says how they are made,
for `--resume`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from scgc.data.columns import examples
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import NotFinite
from scgc.train import process
from scgc.train.checkpoints import write_whole
from scgc.train.compiled import Compiled
from scgc.train.device import Machine
from scgc.train.keeping import not_kept
from scgc.train.plan import Wishes, make_plan, train_block
from scgc.train.result import Result
from scgc.train.results import Results
from scgc.train.run import Run, run
from scgc.train.runs import SEEDS, RunDirectory, fresh, no_run
from scgc.train.together import Together, obstacle, shared


@dataclass
class Folder:
    """The folder of several runs. why: they are made one after another, in words; "" where side by side.
    faults: what is told of runs that have diverged, by their place."""

    path: Path
    seeds: Sequence[int]
    why: str
    faults: dict[int, NotFinite] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Folder:
        """Raises ProgramError (SCG511) where that is not one."""
        try:
            found = json.loads((path / SEEDS).read_text("utf-8"))
            faults = {int(i): NotFinite(span=None, **told) for i, told in found["diverged"].items()}
            return cls(path, found["seeds"], found["one after another"], faults)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise no_run(path, f"{SEEDS} cannot be read: {error}") from None

    def of(self, place: int) -> Path:
        """The directory of one of the runs."""
        return self.path / f"seed-{self.seeds[place]}"

    def write(self) -> None:
        """Raises ProgramError (SCG521)."""
        told = {
            str(i): {name: getattr(fault, name) for name in ("what", "step", "source", "checkpoint")}
            for i, fault in self.faults.items()
        }
        content = {"seeds": list(self.seeds), "one after another": self.why, "diverged": told}
        try:
            write_whole(self.path / SEEDS, (json.dumps(content, indent=2) + "\n").encode())
        except OSError as error:
            raise not_kept(self.path, error) from None

    def results(self, found: Iterable[Result]) -> Results:
        """Raises ProgramError (SCG513) where no run has one."""
        results = tuple(found)
        if not results:
            raise ProgramError(tuple(self.faults.values()))
        return Results(results, self.why, tuple(self.faults.values()))


def run_seeds(compiled: Compiled, wishes: Wishes, count: int, console: Console | None = None) -> Results:
    """Runs with `count` seeds from the wishes' on, in `out/seed-N`, or in a new folder below `runs/`.

    Raises what `run` raises; of runs that diverge the results tell, as long as not all do.
    """
    process.set_up(wishes)
    machine = Machine.of(wishes.device, wishes.precision)
    data = shared(compiled.load(train_block(compiled.program).data, wishes), machine.device)
    evaluations = compiled.load_evaluations(data, wishes)
    number = examples(data.splits["train"]) if data else None
    plan = make_plan(compiled.program, wishes, number)
    seeds = range(wishes.seed, wishes.seed + count)
    why = obstacle(compiled, plan, machine, data, whole=wishes.compile)
    folder = Folder(wishes.out or fresh(compiled.title), seeds, why)
    each = [replace(wishes, seed=seed, out=folder.of(i)) for i, seed in enumerate(seeds)]
    if folder.why:
        del data, evaluations  # each run reads its own
        return one_after_another(folder, [_alone(compiled, own, console) for own in each], console)
    with ExitStack() as opened:
        runs = []
        for own in each:
            directory = RunDirectory.create(own.out, compiled.title)
            opened.callback(directory.close)
            own_plan = replace(plan, seed=own.seed)
            runs.append(Run(compiled, own, own_plan, machine, directory, data, evaluations))
        folder.write()
        return side_by_side(folder, runs, console)


def side_by_side(folder: Folder, runs: Sequence[Run], console: Console | None) -> Results:
    """Make the runs as one batched program."""
    together = Together(runs, folder.faults, folder.write)
    return folder.results(together.whole(console or Console(quiet=True)))


def one_after_another(
    folder: Folder, runs: Sequence[Callable[[], Result]], console: Console | None
) -> Results:
    """Make the runs by themselves; one that diverges does not keep the others from being made."""
    if console is not None:
        told = f"the runs are made one after another: {folder.why}"
        console.print(told, highlight=False, soft_wrap=True)
    found = []
    for place, make in enumerate(runs):
        if console is not None:
            console.print(f"seed {folder.seeds[place]}", highlight=False)
        try:
            found.append(make())
        except ProgramError as error:
            (fault, *others) = error.diagnostics
            if not isinstance(fault, NotFinite) or others:
                raise
            told = f"seed {folder.seeds[place]}: {fault.what}"
            folder.faults[place] = fault.replace(what=told)
        folder.path.mkdir(parents=True, exist_ok=True)
        folder.write()
    return folder.results(found)


def _alone(compiled: Compiled, wishes: Wishes, console: Console | None) -> Callable[[], Result]:
    return lambda: run(compiled, wishes, console)
