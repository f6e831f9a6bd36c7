"""The loop of runs that differ in the seed, side by side: one batched step for all, everything else each by
itself.

Every run keeps a `Loop` of its own, whose model and optimiser hold views of the stacked ones: its logging,
evaluations, checkpoints and state are those of a single run. One whose numbers are no longer finite ends; its
part of the batched step is computed on and looked at no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Any

import torch
from torch import Tensor

from scgc.train.batches import Batch, TrainingBatches
from scgc.train.loop import Diverged, Loop
from scgc.train.players import players_of
from scgc.train.stacked import Stacked, StackedBatches, StackedStep, of_run
from scgc.train.stopping import Interrupted

OF_ALL = ("step",)
"""Entries of an optimiser's state that all runs have in common; the others have an axis of runs."""


class Abreast:
    """loops: made as those of single runs, at the same step. ended: which have diverged. tell: is told of
    such a one at once. whole: the step as one compiled function, where it is wanted."""

    def __init__(
        self, loops: Sequence[Loop], tell: Callable[[int, Diverged], None] = lambda run, end: None
    ) -> None:
        self.loops, self.tell = loops, tell
        self.first = loops[0]
        self.plan, self.stop = self.first.plan, self.first.stop
        self.model = Stacked([loop.model for loop in loops])
        self.players = players_of(self.plan, self.model)  # type: ignore[arg-type]
        self.player = self.players[0]
        self.batches = stacked_batches(loops)
        self.whole: StackedStep | None = None
        self.ended: dict[int, Diverged] = {}
        self.passed_on: Callable[[], None] = lambda: None
        self.done = self.first.state.step
        self._losses: list[Tensor] = []
        self._gather()

    def compile(self, low: bool, tell: Callable[[str], None]) -> None:
        """Have the step as one compiled function."""
        turns = (self.players,)
        self.whole = StackedStep(self.model, turns, self.plan.batch, low, settled=True, tell=tell)

    @property
    def alive(self) -> list[int]:
        """The runs that have not diverged."""
        return [i for i in range(len(self.loops)) if i not in self.ended]

    def run(self) -> None:
        """Train to the end of the plan, or until every run has diverged. Raises as `Loop.run` does."""
        try:
            with self.stop.held():
                self.train()
        except Interrupted as ended:
            self.keep()
            raise Interrupted(ended.number, self.done) from None
        except BrokenPipeError:
            self.keep()
            raise

    def train(self) -> None:
        clock = self.plan.clock
        self.advance()
        for i in self.alive:
            state = self.loops[i].state
            if state.step and state.evaluated < state.step and clock.evaluates(state.step):
                self.loops[i].evaluate()  # which a signal had broken off
        while self.done < clock.total and self.alive:
            self.stop.check()
            out = self.move(next(self.batches))
            for i in self.alive if self.first.usage is not None else ():
                self.loops[i].watch(of_run(out, i))
            evaluates = clock.evaluates(self.done)
            if evaluates or len(self._losses) >= self.first.window.room:
                self.log(out)
            if evaluates:
                self.each(lambda _, loop: loop.evaluate())
                self.passed_on()
            if self.due(evaluates):
                self.keep()

    def due(self, evaluated: bool) -> bool:
        """Whether checkpoints are to be written now."""
        keeper = self.loops[self.alive[0]].keeper if self.alive else None
        return keeper is not None and keeper.due(self.done, evaluated)

    def move(self, batch: Batch) -> Any:
        """A step, and what goes with every one; gives the output of all."""
        out = self.step(batch)
        self._losses.append(out.each.detach())
        self.done += 1
        for loop in self.loops:
            loop.state.step = self.done
        if self.first.due(self.done):
            self.advance()
        return out

    def step(self, batch: Batch) -> Any:
        """One optimiser step of every run."""
        if self.whole is not None and (out := self.whole(self.players, batch)) is not None:
            return out
        with self.first.machine.autocast():
            out = self.model(**batch)
        self.player.move(self.player.gradients(out))
        return out

    def advance(self) -> None:
        """The schedules of all, and the learning rate."""
        for loop in self.loops:
            loop.model.train()
            loop.advance(self.done)
        for group in self.player.optimizer.param_groups:
            group["lr"] = self.first.players[0].rate.value

    # ---- what each run does by itself

    def each(self, work: Callable[[int, Loop], None]) -> None:
        """Have every run do something that has not diverged; one that is found to have ends here."""
        for i in self.alive:
            try:
                work(i, self.loops[i])
            except Diverged as end:
                self.ended[i] = end
                self.tell(i, end)

    def log(self, out: Any) -> None:
        self.hand_out()
        self.each(lambda i, loop: loop.log(loop.window, of_run(out, i)))
        for i in self.ended:
            self.loops[i].window.read()
        self.passed_on()

    def keep(self) -> None:
        """Write a checkpoint of every run."""
        began = time.monotonic()
        self.hand_out()
        self._scatter()
        self.each(lambda _, loop: loop.keep())
        for i in self.alive:
            keeper = self.loops[i].keeper
            if keeper is not None:
                keeper.cost = time.monotonic() - began

    def hand_out(self) -> None:
        """Give each run the losses of the latest steps."""
        if self._losses:
            losses = torch.stack(self._losses, 1)
            self._losses = []
            for loop, own in zip(self.loops, losses, strict=True):
                loop.window.extend(own)

    # ---- one optimiser and many

    def _scatter(self) -> None:
        """Give each run's optimiser its part of the state."""
        for place, stacked in enumerate(self.player.parameters):
            for i, loop in enumerate(self.loops):
                own = loop.players[0]
                own.optimizer.state[own.parameters[place]] = {
                    name: value[i] if name not in OF_ALL else value
                    for name, value in self.player.optimizer.state[stacked].items()
                }

    def _gather(self) -> None:
        """Take over the state of the optimisers of the runs."""
        players = [loop.players[0] for loop in self.loops]
        for place, stacked in enumerate(self.player.parameters):
            states = [player.optimizer.state.get(player.parameters[place], {}) for player in players]
            if states[0]:
                self.player.optimizer.state[stacked] = {
                    name: torch.stack([s[name] for s in states]) if name not in OF_ALL else value
                    for name, value in states[0].items()
                }


def stacked_batches(loops: Sequence[Loop]) -> Iterator[Batch]:
    """The batches of all runs side by side; of a program without data how many examples each draws."""
    orders = [loop.batches for loop in loops]
    placed = [order for order in orders if isinstance(order, TrainingBatches)]
    return StackedBatches(placed) if placed else repeat({"batch": loops[0].plan.batch})
