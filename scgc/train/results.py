"""The table over runs that differ in the seed: mean, standard deviation, and each run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from rich.table import Table

from scgc.diagnostics.data import NotFinite
from scgc.train.result import Result, number


@dataclass(frozen=True)
class Results:
    """Of several runs of one program, in the order of their seeds. why: they were made one after another; ""
    where side by side. faults: what is told of those that have diverged."""

    results: tuple[Result, ...]
    why: str = ""
    faults: tuple[NotFinite, ...] = ()

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
        seconds = [r.seconds for r in self.results]
        how = f"one after another, {sum(seconds):.1f}" if self.why else f"side by side, {max(seconds):.1f}"
        paths = ", ".join(str(r.path) for r in self.results)
        return f"{len(self.results)} runs {how} s; the trained models are in {paths}"

    def as_dict(self) -> dict[str, Any]:
        """The table's numbers, and each run's."""
        found: dict[str, dict[str, dict[str, float]]] = {}
        for (place, what), numbers in self.values().items():
            found.setdefault(place, {})[what] = {"mean": mean(numbers), "std": spread(numbers)}
        return {"over": found, "one after another": self.why, "runs": [r.as_dict() for r in self.results]}


def spread(numbers: list[float]) -> float:
    """The standard deviation, of one number 0."""
    return stdev(numbers) if len(numbers) > 1 else 0.0


def _values(result: Result) -> Iterator[tuple[tuple[str, str], float]]:
    places = {"validation data": result.validation, result.measured_on: result.test, **result.evaluations}
    for place, values in places.items():
        for what, value in values.items():
            yield (place, what), value
