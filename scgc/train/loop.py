"""The training loop: forward, gradient, optimiser step, on whatever device and in whatever precision.

Everything that happens less often than every step (schedules, logging, evaluation, checkpoints) hangs on the
plan's clock. Nothing is read from the device inside a step.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from torch import Tensor

from scgc.runtime import Model
from scgc.train.batches import Batch
from scgc.train.checkpoints import Checkpoint, weights
from scgc.train.crew import Crew
from scgc.train.device import Machine, in_precision
from scgc.train.evaluation import field_of, means
from scgc.train.keeping import Keeper
from scgc.train.plan import Plan
from scgc.train.players import Player, turns
from scgc.train.probing import Alarms, Facts, Probe
from scgc.train.randomness import random_state, set_random_state
from scgc.train.snapshot import not_finite, taken
from scgc.train.state import State
from scgc.train.stopping import Interrupted, Stop
from scgc.train.usage import Usage
from scgc.train.whole import WholeStep
from scgc.train.window import Window

RECORDS = 100
"""About how often a run is logged, at least every `RARELY` steps."""
RARELY = 100


class Diverged(Exception):
    """What is no longer a finite number after a step, and the step of the latest checkpoint."""

    def __init__(self, what: str, step: int, saved: int | None) -> None:
        super().__init__(f"{what} at step {step}")
        self.what, self.step, self.saved = what, step, saved


class Watcher(Protocol):
    """Who is told how a run goes: the run directory, the terminal."""

    def trained(self, state: State, values: dict[str, float], schedules: dict[str, float]) -> None: ...

    def evaluated(self, state: State, values: dict[str, float], best: bool) -> None: ...

    def observed(self, state: State, nodes: dict[str, Facts], words: list[str]) -> None: ...


@dataclass
class Loop:
    """A run in the making.

    model: of the program; `forward` calls it in the machine's precision. players: who trains its parameters.
    held_out: at every call anew what is evaluated on: the validation data, else the test data.
    whole: the step as one compiled function, where it is wanted. crew: the processes that train together,
    where they are several.
    keeper: writes checkpoints; None for none. stop: who says that the run is to end. probe: looks at the
    stochastic nodes at every evaluation, usage: counts what they draw, alarms: says what is wrong with them.
    """

    plan: Plan
    machine: Machine
    model: Model
    players: tuple[Player, ...]
    batches: Iterator[Batch]
    held_out: Callable[[], Iterable[Batch]]
    watchers: tuple[Watcher, ...]
    state: State
    whole: WholeStep | None = None
    crew: Crew | None = None
    keeper: Keeper | None = None
    stop: Stop = field(default_factory=Stop)
    probe: Probe | None = None
    alarms: Alarms | None = None
    usage: Usage | None = None
    forward: Callable[..., Any] = field(init=False)
    turns: tuple[tuple[Player, ...], ...] = field(init=False)
    window: Window = field(init=False)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        every = max(1, min(RARELY, self.plan.clock.total // RECORDS))
        self.window = Window(every, self.machine.device)
        self.forward = in_precision(self.model, self.machine)
        self.turns = turns(self.plan, self.players)

    def run(self) -> State:
        """Train to the end of the plan.

        Raises Diverged where the loss is no longer finite, ProgramError (SCG521) where nothing can be
        written, and Interrupted, after a checkpoint, where the run is asked to end.
        """
        try:
            with self.stop.held():
                self.train()
        except Interrupted as ended:
            self.keep()
            raise Interrupted(ended.number, self.state.step) from None
        except BrokenPipeError:  # whoever was told how it goes has left, and it ends for that
            self.keep()
            raise
        return self.state

    def train(self) -> None:
        clock, state, window = self.plan.clock, self.state, self.window
        self.model.train()
        self.advance(state.step)
        if state.step and state.evaluated < state.step and clock.evaluates(state.step):
            self.evaluate()  # which a signal had broken off
        while state.step < clock.total:
            self.check()
            out = self.move()
            window.add(out.loss.detach())
            self.watch(out)
            evaluates = clock.evaluates(state.step)
            if window.full or evaluates:
                self.log(window, out)
            if evaluates:
                self.evaluate()
            if self.keeper is not None and self.keeper.due(state.step, evaluates):
                self.keep()

    def check(self) -> None:
        """Raises Interrupted where the run is to end: several processes agree on the step."""
        if self.crew is None:
            self.stop.check()
        elif self.crew.stopping:
            raise Interrupted(self.stop.asked or signal.SIGTERM)

    def watch(self, out: Any) -> None:
        """Keep what the nodes drew; without data an epoch is all of the training."""
        if self.usage is not None:
            if self.crew is None:
                self.usage.add(out)
            else:
                self.usage.take(self.crew.drawn)
            if self.plan.clock.per_epoch and self.state.step % self.plan.clock.per_epoch == 0:
                self.usage.turn()

    def move(self) -> Any:
        """A step, and what goes with every one; gives the model's output."""
        out, state = self.step(), self.state
        state.step += 1
        self.players[0].rate.took(out.loss.detach(), state.step)
        if self.due(state.step):
            self.advance(state.step)
        return out

    def step(self) -> Any:
        """A turn of every player; gives the model's output on the last batch."""
        for players in self.turns:
            out = self.turn(players, next(self.batches))
        return out

    def turn(self, players: tuple[Player, ...], batch: Batch) -> Any:
        """A move of players, all from where they stand now."""
        if self.crew is not None:
            return self.crew.turn(self, players, batch)
        if self.whole is not None and (out := self.whole(players, batch)) is not None:
            return out
        out = self.forward(**batch)
        found = [player.gradients(out, last=player is players[-1]) for player in players]
        for player, gradients in zip(players, found, strict=True):
            player.move(gradients)
        return out

    def due(self, step: int) -> bool:
        """Whether the schedules change before this step."""
        if not self.model.schedules:
            return False
        return self.plan.restless or self.plan.clock.t(step) != self.plan.clock.t(step - 1)

    def advance(self, step: int) -> None:
        clock = self.plan.clock
        self.model.advance(t=clock.t(step), step=step, epoch=clock.epoch(step), progress=clock.progress(step))
        for player in self.players:
            player.rate.follow()

    def log(self, window: Window, out: Any) -> None:
        """The mean loss since the last time; parts of the loss and metrics of the latest batch."""
        self.verify_losses()
        losses = window.read()
        values = {"loss": sum(losses) / len(losses)} if losses else {}
        if self.plan.reducer is not None:
            values["lr"] = self.players[0].rate.value
        for name in (*self.model.losses, *self.model.metrics):
            value: Tensor | None = getattr(out, field_of(self.model, name))
            if value is not None:
                values[name] = float(value.detach().float().mean())
        for watcher in self.watchers:
            watcher.trained(self.state, values, self.model.schedule_values())

    def verify_losses(self) -> None:
        losses: list[float] = self.window.losses.tolist()
        for i, loss in enumerate(losses):
            if not math.isfinite(loss):
                self.diverged(self.state.step - len(losses) + i + 1)

    def evaluate(self) -> None:
        """Evaluate, and remember the best; of several processes the first alone does.

        A signal that comes meanwhile leaves all as it was before.
        """
        if self.crew is not None and not self.crew.leads:
            return
        random = random_state()
        try:
            with self.stop.held(False):
                values = means(self.model, self.held_out())
                looked = None if self.probe is None else self.probe.look(self.model, self.state.step)
        except Interrupted:
            set_random_state(random)
            self.model.train()
            raise
        best = self.state.improves(self.plan.select, values)
        self.state.evaluated = self.state.step
        if best and self.keeper is not None:
            self.keeper.best = Checkpoint(weights(self.model), {"step": self.state.step})
        for watcher in self.watchers:
            watcher.evaluated(self.state, self.state.evaluation, best)
        if looked:
            self.tell(looked)

    def tell(self, looked: dict[str, Facts]) -> None:
        """How the stochastic nodes do."""
        clock, step = self.plan.clock, self.state.step
        counted = self.usage.facts() if self.usage else {}
        for node, facts in looked.items():
            if "used" in facts and node in counted:
                facts |= counted[node]
        when = f"epoch {clock.epoch(step):.3g}" if clock.per_epoch else f"step {step}"
        words = self.alarms.heed(looked, when) if self.alarms else []
        for watcher in self.watchers:
            watcher.observed(self.state, looked, words)

    def keep(self) -> None:
        """Write a checkpoint of what is now."""
        if self.keeper is None:
            return
        self.verify_losses()
        now = time.monotonic()
        self.state.seconds, self.began = self.state.seconds + now - self.began, now
        checkpoint = taken(self)
        if (name := not_finite(checkpoint, self)) is not None:
            self.diverged(self.state.step, f"the parameter `{name}`")
        self.keeper.write(checkpoint, now)
        self.state.saved = self.state.step

    def diverged(self, step: int, what: str | None = None) -> NoReturn:
        loss = "the loss" if len(self.model.losses) != 1 else f"the loss `{self.model.losses[0]}`"
        raise Diverged(what or loss, step, self.state.saved)
