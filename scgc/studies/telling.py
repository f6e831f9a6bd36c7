"""A study in words: a table of medians, the correlations, and what is selected."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from scgc.studies.results import Results
from scgc.studies.statistics import Spread, correlation, selected, spread


def study(
    tables: Sequence[Results],
    names: Sequence[str],
    by: str | None = None,
    against: str | None = None,
    select: str | None = None,
    lowest: bool = True,
) -> dict[str, Any]:
    """Everything asked for, as plain values: a group for each table and each value of the setting `by`."""
    groups = [(t.label, setting, part) for t in tables for setting, part in t.split(by)]
    return {"groups": [_group(*g, names, against, select, lowest) for g in groups]}


def _group(
    label: str,
    setting: str,
    part: Results,
    names: Sequence[str],
    against: str | None,
    select: str | None,
    lowest: bool,
) -> dict[str, Any]:
    found: dict[str, Any] = {"table": label, "setting": setting, "values": {}}
    chosen = selected(part, select, lowest) if select else -1
    if select:
        found["selected"] = part.rows[chosen]["path"] if chosen >= 0 else None
    for name in names or part.values:
        column = part.column(name)
        told = dict(vars(spread(column)))
        if against:
            told["correlation"] = correlation(part, name, against)
        if select:
            told["selected"] = float(column[chosen]) if chosen >= 0 else None
        found["values"][name] = told
    return found


def text(found: dict[str, Any], against: str | None = None, select: str | None = None) -> Any:
    """The same as a table for the terminal."""
    from rich.table import Table

    table = Table()
    varied = any(g["setting"] for g in found["groups"])
    for heading in ("table", *(["setting"] if varied else []), "value"):
        table.add_column(heading, overflow="fold")
    extra = [f"correlation with {against}"] if against else []
    extra += [f"at {select}"] if select else []
    for heading in ("median", "quartiles", "runs", *extra):
        table.add_column(heading, justify="right")
    for group in found["groups"]:
        names = [group["table"], *([group["setting"]] if varied else [])]
        for name, told in group["values"].items():
            table.add_row(*names, name, *_cells(told))
            names = [""] * len(names)
        table.add_section()
    return table


def _cells(told: dict[str, Any]) -> list[str]:
    of = Spread(*(told[k] for k in ("median", "low", "high", "runs")))
    cells = [
        _number(of.median),
        f"{_number(of.low)} to {_number(of.high)}" if of.runs > 1 else "",
        str(of.runs),
    ]
    return cells + [_number(told[k]) for k in ("correlation", "selected") if k in told]


def _number(value: float | None) -> str:
    return "" if value is None or not isfinite(value) else f"{value:.4g}"
