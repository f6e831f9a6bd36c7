"""The same training step in several ways. Each contender is a function that does a number of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import cycle, islice

import torch
from subject import DEVICE, Subject

from scgc.train.batches import Batch
from scgc.train.device import Machine, placed
from scgc.train.loop import Loop, Watcher
from scgc.train.players import players_of
from scgc.train.runs import RunDirectory
from scgc.train.state import State
from scgc.train.whole import WholeStep

DRAWN = 16
"""Batches that the contenders which draw none go through again and again."""
ENDLESS = 10**9
"""Steps of a plan that does not end while it is measured."""

Steps = Callable[[int], None]


def contenders(
    subject: Subject, directory: RunDirectory, low: bool = False, whole: bool = False
) -> dict[str, Steps]:
    """By name; the first is the measure of the others. The loop logs in `directory`. low: in bfloat16 too;
    whole: the step as one compiled function too."""
    return {
        "by hand": by_hand(subject),
        "compiled": compiled_step(subject),
        "scgc's loop": whole_loop(subject, directory),
        **({"--compile": one_function(subject)} if whole else {}),
        **({"bfloat16": compiled_step(subject, low=True)} if low else {}),
    }


def by_hand(subject: Subject) -> Steps:
    """The hand-written model with PyTorch's Adam as it comes."""
    model, batches = subject.measure.make().train(), cycle(drawn(subject))
    schedules = subject.model(subject.half).schedule_values()
    for name, value in schedules.items():
        setattr(model, name, value)
    (trainer,) = subject.plan.trainers
    rate = trainer.options["lr"] if trainer.schedule is None else list(schedules.values())[trainer.schedule]
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)

    def steps(count: int) -> None:
        for _ in range(count):
            _, objective = subject.measure.loss(model, next(batches))
            optimizer.zero_grad()
            objective.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return steps


def compiled_step(subject: Subject, low: bool = False) -> Steps:
    """The step of scgc's training loop on batches at hand."""
    loop = make_loop(subject, cycle(drawn(subject)), (), low)

    def steps(count: int) -> None:
        for _ in range(count):
            loop.step()

    return steps


def one_function(subject: Subject) -> Steps:
    """The same as one compiled function, as `scgc run --compile` has it. Raises RuntimeError if it fails."""
    loop = make_loop(subject, cycle(drawn(subject)), ())
    loop.whole = WholeStep(loop.model, loop.turns, subject.plan.batch, settled=True)
    for _ in range(2):  # the first is always eager
        loop.step()
    if loop.whole.failed:
        raise RuntimeError(loop.whole.failed)

    def steps(count: int) -> None:
        for _ in range(count):
            loop.step()

    return steps


def whole_loop(subject: Subject, directory: RunDirectory) -> Steps:
    """scgc's training loop whole: it draws batches, sets schedules, watches the loss and logs."""
    portions = Portions(subject.batches())
    loop = make_loop(subject, portions, (directory,))

    def steps(count: int) -> None:
        portions.left = count
        with suppress(UsedUp):
            loop.run()

    return steps


class UsedUp(Exception):
    """A portion of batches is."""


class Portions:
    """Batches in portions: ends the loop that asks for more than is left; it goes on when called again."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self.batches = batches
        self.left = 0

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        if not self.left:
            raise UsedUp
        self.left -= 1
        return next(self.batches)


def make_loop(
    subject: Subject, batches: Iterator[Batch], watchers: tuple[Watcher, ...], low: bool = False
) -> Loop:
    """The training loop as `scgc run` sets it up, without evaluations and without an end."""
    model = placed(subject.model(subject.half), DEVICE)
    plan = subject.plan
    return Loop(
        plan=replace(plan, clock=replace(plan.clock, total=ENDLESS, evaluate=None)),
        machine=Machine(DEVICE, low),
        model=model,
        players=players_of(plan, model),
        batches=batches,
        held_out=tuple,
        watchers=watchers,
        state=State(step=subject.half),
    )


def drawn(subject: Subject) -> list[Batch]:
    """The first few batches."""
    return list(islice(subject.batches(), DRAWN))
