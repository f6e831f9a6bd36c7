"""Runs that differ in the seed as one batched program: from their directories to their results.

Each run has the directory, the initial parameters and the order of the data of the single run with its seed.
The noise of all comes from one generator, in numbers of their own for each run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from rich.console import Console
from torch import Tensor, nn

from scgc.data.columns import Loaded
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import NotFinite
from scgc.runtime import Model
from scgc.runtime.net import Learned
from scgc.train.abreast import Abreast
from scgc.train.batches import Batch, place, take
from scgc.train.compiled import Compiled
from scgc.train.device import Machine
from scgc.train.keeping import latest
from scgc.train.loop import Diverged
from scgc.train.means import Means
from scgc.train.plan import Plan
from scgc.train.progress import watching
from scgc.train.randomness import random_state, seed_everything, set_random_state
from scgc.train.result import Result
from scgc.train.run import Run, not_finite, verify_trained
from scgc.train.runs import make_model
from scgc.train.stacked import Stacked, of_run
from scgc.train.stopping import Interrupted, Stop
from scgc.train.tracing import first_fault


def obstacle(
    compiled: Compiled, plan: Plan, machine: Machine, data: Loaded | None, whole: bool = False
) -> str:
    """Why runs of a program cannot be one batched program, or would gain nothing by it, in words; "" where
    they can.

    It is tried, with two runs, on the first batch. whole: steps are compiled.
    """
    if len(plan.trainers) > 1:
        return "it has several players"
    if plan.reducer is not None:
        return "each run has a learning rate of its own (reduce_lr)"
    if any(net.target is not None for net in compiled.program.nets):
        return "its Python code (extern) may draw or remember what PyTorch does not know of"
    seed_everything(plan.seed)
    dims, name = compiled.data_dims(data), compiled.program.name
    models = [make_model(compiled.module, name, dims).train() for _ in range(2)]
    verify_trained(models[0])
    if any(isinstance(module, Learned) for module in models[0].modules()):
        # within vmap a gradient by what is batched comes back empty, in silence
        return "its estimators (rebar, relax, lax) take gradients within the pass"
    convolves = any(isinstance(m, nn.Conv2d | nn.ConvTranspose2d) for m in models[0].modules())
    if convolves and machine.device.type == "cpu" and not whole:
        return (
            "its convolutions take longer side by side on a processor, unless steps are compiled (--compile)"
        )
    stacked = Stacked([model.to(machine.device) for model in models])
    try:
        with warnings.catch_warnings(), machine.autocast():
            warnings.simplefilter("ignore")
            stacked(**_first_batch(plan, machine, data)).loss.backward()
    except Exception as error:  # whatever a program that is not made for it does
        reason = str(error).strip().splitlines() or [type(error).__name__]
        return f"PyTorch cannot batch it ({reason[0].split('. ')[0].removeprefix('vmap: ')})"
    return ""


def _first_batch(plan: Plan, machine: Machine, data: Loaded | None) -> Batch:
    """The same examples for both runs."""
    if data is None:
        return {"batch": plan.batch}
    split = data.splits["train"]
    rows = torch.arange(min(plan.batch, len(next(iter(split.values())))))
    home = next(iter(split.values())).table.device
    batch = take(split, rows.to(home), machine.device)
    return {name: torch.stack([value, value]) for name, value in batch.items()}


def shared(data: Loaded | None, device: torch.device) -> Loaded | None:
    """The data on the device, once for all runs."""
    if data is None:
        return None
    return replace(data, splits={name: place(split, device) for name, split in data.splits.items()})


@dataclass(frozen=True)
class Together:
    """runs: with everything at hand, at the same step; whoever gives them closes their directories.
    faults: what is told of those that have diverged, by their place; they take part, and nothing is kept of
    it. remember: is called when there is one more.
    """

    runs: Sequence[Run]
    faults: dict[int, NotFinite]
    remember: Callable[[], None]

    def whole(self, console: Console) -> list[Result]:
        """Train, select, evaluate; the results of the runs that have not diverged."""
        group: Abreast | None = None
        try:
            with Stop() as stop:
                group = self.train(console, stop)
                return [self.runs[i].finish(group.loops[i].model, group.loops[i].state) for i in group.alive]
        except Interrupted as ended:
            step = group.done if ended.step is None and group is not None else ended.step
            raise Interrupted(ended.number, step, self.runs[0].directory.path.parent) from None

    def train(self, console: Console, stop: Stop) -> Abreast:
        models = [run.prepare() for run in self.runs]
        with watching(console, self.runs[0].plan.clock) as watcher:
            means = Means(watcher)
            group = self.group(models, means, stop)
            if self.runs[0].wishes.compile:
                group.compile(self.runs[0].machine.low, lambda text: console.print(text, soft_wrap=True))
            with without_warnings():
                group.run()
        return group

    def group(self, models: Sequence[Model], means: Means, stop: Stop) -> Abreast:
        loops = []
        for run, model in zip(self.runs, models, strict=True):
            loop = run.loop(model, (run.directory, means.of(run.plan.seed)), stop)
            run.equip(loop)
            loops.append(loop)
        group = Abreast(loops, self.diverged)
        group.passed_on = means.pass_on
        group.ended |= {i: Diverged(f.what, f.step, None) for i, f in self.faults.items()}
        return group

    def diverged(self, place: int, end: Diverged) -> None:
        """Write down why a run has ended."""
        random = random_state()
        fault = not_finite(end, self.source(place, end))
        set_random_state(random)
        self.faults[place] = fault.replace(what=f"seed {self.runs[place].plan.seed}: {fault.what}")
        self.remember()

    def source(self, place: int, end: Diverged) -> str | None:
        """What was the first that was not finite: the steps since the latest checkpoint are done again."""
        loops = []
        for i, run in enumerate(self.runs):
            loop = run.loop(run.initialised())
            at = self.runs[place if i in self.faults else i].directory.path
            try:
                run.go_on(loop, latest(at, lambda _: None, end.saved))
            except ProgramError:
                return None
            loops.append(loop)
        return first_fault(Member(Abreast(loops), place), end.step)  # type: ignore[arg-type]


class Member:
    """One of the runs side by side, as a loop whose steps can be looked at."""

    def __init__(self, group: Abreast, place: int) -> None:
        self.group, self.place = group, place
        loop = group.loops[place]
        self.model, self.state, self.players, self.advance = (
            loop.model,
            loop.state,
            loop.players,
            loop.advance,
        )
        self._whole: Batch = {}
        self.batches = iter(self._own, None)

    def _own(self) -> Batch:
        self._whole = next(self.group.batches)
        return {n: v[self.place] if isinstance(v, Tensor) else v for n, v in self._whole.items()}

    def move(self) -> Any:
        """A step of all; gives the output of this one."""
        next(self.batches)
        out = self.group.move(self._whole)
        latest = self.group.player.latest
        self.players[0].latest = [None if g is None else g[self.place] for g in latest]
        return of_run(out, self.place)


@contextmanager
def without_warnings() -> Any:
    """PyTorch warns of operations that it batches one by one: they are right, and slower."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop", category=UserWarning)
        yield
