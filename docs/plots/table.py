"""Runs as a Markdown table: a line for each kind, mean and standard deviation over its seeds."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean, stdev

from runs import Run


def table(kinds: dict[str, list[Run]], names: dict[str, str], metric: str = "accuracy") -> str:
    """Columns: the metric on the test data, what `evaluate` blocks measured, minutes."""
    runs = [run for same in kinds.values() for run in same]
    measured = list(dict.fromkeys(name for run in runs for name in run.measures))
    rows = [["", "seeds", f"test {metric}", *(name.replace("_", " ") for name in measured), "minutes"]]
    for kind, same in kinds.items():
        cells = [over(same, lambda run: run.test[metric], 4)]
        cells += [over(same, lambda run, name=name: run.measures.get(name), 4) for name in measured]  # type: ignore[misc]
        rows.append([names.get(kind, kind), str(len(same)), *cells, over(same, lambda r: r.seconds / 60, 1)])
    return "\n".join([line(rows[0]), rule(len(rows[0])), *map(line, rows[1:])])


def over(runs: list[Run], value: Callable[[Run], float | None], digits: int) -> str:
    """`0.9640 ± 0.0012`; counts with one decimal; a dash where nothing was measured."""
    values = [v for v in map(value, runs) if v is not None]
    if not values:
        return "–"
    digits = 1 if max(values) > 1 else digits
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"


def line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def rule(columns: int) -> str:
    return "| --- |" + " --: |" * (columns - 1)
