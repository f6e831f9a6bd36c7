"""The training loop: forward, gradient, optimiser step, on whatever device and precision Fabric set up.

Everything that happens less often than every step (schedules, logging, evaluation, checkpoints) hangs on the
plan's clock. Nothing is read from the device inside a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from lightning_fabric import Fabric
from torch import Tensor
from torch.optim import Optimizer

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import NotFinite
from scgc.runtime import Model
from scgc.train.batches import Batch
from scgc.train.evaluation import field_of, means
from scgc.train.plan import Plan
from scgc.train.rates import LearningRate
from scgc.train.state import State
from scgc.train.window import Window

RECORDS = 100
"""About how often a run is logged, at least every `RARELY` steps."""
RARELY = 100


class Watcher(Protocol):
    """Who is told how a run goes: the run directory, the terminal."""

    def trained(self, state: State, values: dict[str, float], schedules: dict[str, float]) -> None: ...

    def evaluated(self, state: State, values: dict[str, float], best: bool) -> None: ...


@dataclass
class Loop:
    """A run in the making.

    model: of the program; `forward` is what Fabric made of it. save: writes a checkpoint under a name.
    held_out: at every call anew what is evaluated on: the validation data, else the test data.
    """

    plan: Plan
    fabric: Fabric
    model: Model
    forward: Callable[..., Any]
    optimizer: Optimizer
    batches: Iterator[Batch]
    held_out: Callable[[], Iterable[Batch]]
    save: Callable[[str], None]
    watchers: tuple[Watcher, ...]
    state: State
    rate: LearningRate = field(init=False)

    def run(self) -> State:
        """Train to the end of the plan. Raises ProgramError (SCG513) where the loss is no longer finite."""
        clock, state = self.plan.clock, self.state
        every = max(1, min(RARELY, clock.total // RECORDS))
        window = Window(every, self.fabric.device)
        self.rate = LearningRate(self.plan, self.model, self.optimizer)
        self.model.train()
        self.advance(state.step)
        while state.step < clock.total:
            out = self.step()
            window.add(out.loss.detach())
            state.step += 1
            self.rate.took(out.loss.detach(), state.step)
            if self.due(state.step):
                self.advance(state.step)
            evaluates = clock.evaluates(state.step)
            if window.full or evaluates:
                self.log(window, out)
            if evaluates:
                self.evaluate()
        return state

    def step(self) -> Any:
        """One optimiser step; gives the model's output."""
        out = self.forward(**next(self.batches))
        self.optimizer.zero_grad()
        self.fabric.backward(out.loss)
        self.optimizer.step()
        return out

    def due(self, step: int) -> bool:
        """Whether the schedules change before this step."""
        if not self.model.schedules:
            return False
        return self.plan.restless or self.plan.clock.t(step) != self.plan.clock.t(step - 1)

    def advance(self, step: int) -> None:
        clock = self.plan.clock
        self.model.advance(t=clock.t(step), step=step, epoch=clock.epoch(step), progress=clock.progress(step))
        self.rate.follow()

    def log(self, window: Window, out: Any) -> None:
        """The mean loss since the last time; parts of the loss and metrics of the latest batch."""
        losses = window.read()
        for i, loss in enumerate(losses):
            if not math.isfinite(loss):
                self.diverged(self.state.step - len(losses) + i + 1)
        values = {"loss": sum(losses) / len(losses)} if losses else {}
        if self.plan.reducer is not None:
            values["lr"] = self.rate.value
        for name in (*self.model.losses, *self.model.metrics):
            value: Tensor | None = getattr(out, field_of(self.model, name))
            if value is not None:
                values[name] = float(value.detach().float().mean())
        for watcher in self.watchers:
            watcher.trained(self.state, values, self.model.schedule_values())

    def evaluate(self) -> None:
        """Evaluate, save, and remember the best."""
        best = self.state.improves(self.plan.select, means(self.model, self.held_out()))
        self.save("last")
        if best:
            self.save("best")
        self.state.saved = self.state.step
        for watcher in self.watchers:
            watcher.evaluated(self.state, self.state.evaluation, best)

    def diverged(self, step: int) -> None:
        saved = self.state.saved
        kept = "nothing was saved before" if saved is None else f"the checkpoint of step {saved} is kept"
        what = "the loss" if len(self.model.losses) != 1 else f"the loss `{self.model.losses[0]}`"
        raise ProgramError((NotFinite(span=None, what=what, step=step, checkpoint=kept),))
