"""What a sweep found out, for people: the median of every value with its quartiles over the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles

from rich.table import Table

from scgc.analysis.sweeps import PLAIN
from scgc.sweep.grid import Cell
from scgc.sweep.table import Row, value_columns
from scgc.train.result import number


def summary(cells: Sequence[Cell], found: Sequence[Row]) -> Table:
    """A row for each setting and value: median, quartiles, and how many finished runs have it."""
    keys = list(dict.fromkeys(key for cell in cells for key, _ in cell.settings))
    varied = len({cell.variant for cell in cells}) > 1
    table = Table()
    for heading in (*(["variant"] if varied else []), *keys, "what"):
        table.add_column(heading, overflow="fold")
    for heading in ("median", "quartiles", "runs"):
        table.add_column(heading, justify="right")
    names = value_columns(found, cells)
    for setting in dict.fromkeys(cell.setting for cell in cells):
        group = [row for cell, row in zip(cells, found, strict=True) if cell.setting == setting]
        shown = [setting[0] or PLAIN] if varied else []
        shown += [str(dict(setting[1]).get(key, "")) for key in keys]
        for name in names:
            table.add_row(*shown, name, *_spread(group, name))
            shown = [""] * len(shown)
        table.add_section()
    return table


def _spread(group: Sequence[Row], name: str) -> tuple[str, str, str]:
    finished = [row for row in group if row["status"] == "finished"]
    values = [row[name] for row in finished if row.get(name) is not None]
    runs = f"{len(values)}/{len(group)}"
    if not values:
        return "", "", runs
    if len(values) == 1:
        return number(values[0]), "", runs
    low, _, high = quantiles(values, n=4, method="inclusive")
    return number(median(values)), f"{number(low)} to {number(high)}", runs


def counted(found: Sequence[Row]) -> str:
    """`10 finished, 2 failed`."""
    statuses = [row["status"] for row in found]
    words = {"finished": "finished", "failed": "failed", "broken off": "broken off", "new": "not begun"}
    return ", ".join(f"{statuses.count(s)} {word}" for s, word in words.items() if s in statuses)
