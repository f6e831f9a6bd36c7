"""Runs that differ in the seed alone, and the table over them: mean, standard deviation, and each run.

They are made one after another, each with its own run directory, and each is what a single run with its seed
is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import mean, stdev
from typing import Any

from rich.console import Console
from rich.table import Table

from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.result import Result, number
from scgc.train.run import run


@dataclass(frozen=True)
class Results:
    """Of several runs of one program, in the order of their seeds."""

    results: tuple[Result, ...]

    def values(self) -> dict[tuple[str, str], list[float]]:
        """(where it was measured, what) -> the number of each run."""
        found: dict[tuple[str, str], list[float]] = {}
        for result in self.results:
            for key, value in _values(result):
                found.setdefault(key, []).append(value)
        return found

    def table(self) -> Table:
        first = self.results[0]
        title = first.program + (f" ({first.variant})" if first.variant else "")
        seeds = [str(r.seed) for r in self.results]
        table = Table(title=f"{title}, seeds {seeds[0]} to {seeds[-1]}", title_justify="left")
        table.add_column("measured on")
        table.add_column("what")
        for head in ("mean", "std", *(f"seed {seed}" for seed in seeds)):
            table.add_column(head, justify="right")
        for (place, what), numbers in self.values().items():
            table.add_row(
                place, what, f"{mean(numbers):.4f}", f"{spread(numbers):.4f}", *map(number, numbers)
            )
        return table

    def summary(self) -> str:
        """Where the trained models are."""
        seconds = sum(r.seconds for r in self.results)
        paths = ", ".join(str(r.path) for r in self.results)
        return (
            f"{len(self.results)} runs one after another, {seconds:.1f} s; the trained models are in {paths}"
        )

    def as_dict(self) -> dict[str, Any]:
        """The table's numbers, and each run's."""
        found: dict[str, dict[str, dict[str, float]]] = {}
        for (place, what), numbers in self.values().items():
            found.setdefault(place, {})[what] = {"mean": mean(numbers), "std": spread(numbers)}
        return {"over": found, "runs": [r.as_dict() for r in self.results]}


def run_seeds(compiled: Compiled, wishes: Wishes, count: int, console: Console | None = None) -> Results:
    """Runs with `count` seeds from the wishes' on; in `out/seed-N` where a directory is given.

    Raises what `run` raises, at the first run that does.
    """
    found: list[Result] = []
    for seed in range(wishes.seed, wishes.seed + count):
        out = None if wishes.out is None else wishes.out / f"seed-{seed}"
        if console is not None:
            console.print(f"seed {seed}", highlight=False)
        found.append(run(compiled, replace(wishes, seed=seed, out=out), console))
    return Results(tuple(found))


def spread(numbers: list[float]) -> float:
    """The standard deviation, of one number 0."""
    return stdev(numbers) if len(numbers) > 1 else 0.0


def _values(result: Result) -> Iterator[tuple[tuple[str, str], float]]:
    places = {"validation data": result.validation, result.measured_on: result.test, **result.evaluations}
    for place, values in places.items():
        for what, value in values.items():
            yield (place, what), value
