"""How a run goes, for whoever watches: a live display on a terminal, plain lines in a pipe or file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from scgc.train.clock import Clock
from scgc.train.state import State

INTERVAL = 0.2
"""Seconds between two updates of a live display."""


def words(values: dict[str, float]) -> str:
    """`accuracy 0.9312  loss 0.21`."""
    return "  ".join(f"{name} {value:.4g}" for name, value in values.items())


def without_total(values: dict[str, float]) -> dict[str, float]:
    """The total loss only says something beside several losses."""
    named = {name: value for name, value in values.items() if name != "loss"}
    return named or values


class Lines:
    """A line for every evaluation; where those are rare, also for about every tenth of the training."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self.console, self.clock = console, clock
        self.tenth = 0

    def trained(self, state: State, values: dict[str, float], schedules: dict[str, float]) -> None:
        tenth = 10 * state.step // self.clock.total
        if self.clock.evaluate is None and tenth > self.tenth:
            self.tenth = tenth
            self.line(state, "training    ", {**without_total(values), **schedules})

    def evaluated(self, state: State, values: dict[str, float], best: bool) -> None:
        self.line(state, "evaluation  ", values, "  best so far" if best else "")

    def observed(self, state: State, nodes: dict[str, Any], words: list[str]) -> None:
        for sentence in words:
            self.console.print(sentence, highlight=False, soft_wrap=True)

    def line(self, state: State, what: str, values: dict[str, float], end: str = "") -> None:
        epoch = f"epoch {self.clock.epoch(state.step):.4g}  " if self.clock.per_epoch else ""
        place = f"{epoch}step {state.step}/{self.clock.total}"
        self.console.print(f"{what}{place}  {words(values)}{end}", highlight=False, soft_wrap=True)


class Display:
    """A bar with the latest losses, metrics and schedules, and the latest and best evaluation below it."""

    def __init__(self, progress: Progress, task: TaskID, note: Text) -> None:
        self.progress, self.task, self.note = progress, task, note
        self.shown = 0.0

    def trained(self, state: State, values: dict[str, float], schedules: dict[str, float]) -> None:
        now = time.monotonic()
        if now - self.shown > INTERVAL:
            self.shown = now
            text = words({**without_total(values), **schedules})
            self.progress.update(self.task, completed=state.step, values=text)

    def evaluated(self, state: State, values: dict[str, float], best: bool) -> None:
        text = f"evaluation: {words(values)}"
        if best:
            text += "   best so far"
        elif state.best_step is not None:
            text += f"   best {state.best:.4g} at step {state.best_step}"
        self.note.plain = text
        self.progress.update(self.task, completed=state.step)

    def observed(self, state: State, nodes: dict[str, Any], words: list[str]) -> None:
        for sentence in words:
            self.progress.console.print(sentence, highlight=False, soft_wrap=True)


@contextmanager
def watching(console: Console, clock: Clock) -> Iterator[Lines | Display]:
    """The watcher that suits the console."""
    if not console.is_terminal:
        yield Lines(console, clock)
        return
    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[values]}"),
    )
    progress, note = Progress(*columns, console=console), Text()
    task = progress.add_task("", total=clock.total, values="")
    with Live(Group(progress, note), console=console, transient=True):
        yield Display(progress, task, note)
