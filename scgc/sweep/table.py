"""The results of a sweep as one table: a row for each cell, one Parquet file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from scgc.analysis.sweeps import SEED, VARIANT
from scgc.sweep.grid import Cell
from scgc.sweep.standing import standing

TABLE = "results.parquet"
OWN = (VARIANT, SEED, "status", "step", "seconds", "path", "error")
"""Columns that every table has; a setting of such a name has the column `set.NAME`."""

Row = dict[str, Any]


def rows(cells: Sequence[Cell], folder: Path) -> list[Row]:
    """A row for each cell from its folder: variant, settings, seed, status (`new`, `broken off`, `failed`,
    `finished`), the step and seconds of its result, every value of the result (`test.accuracy`,
    `validation.accuracy`, `BLOCK.MEASURE`; None where it is no finite number), path and error."""
    return [_row(cell, folder / cell.name) for cell in cells]


def values(result: dict[str, Any]) -> dict[str, float | None]:
    """Every value of a result by its column."""
    groups = {name: result.get(name, {}) for name in ("test", "validation")}
    for block, found in result.get("evaluations", {}).items():
        groups[f"evaluate.{block}" if block in groups else block] = found
    return {f"{group}.{name}": value for group, found in groups.items() for name, value in found.items()}


def column(key: str) -> str:
    """The column of a setting."""
    return f"set.{key}" if key in OWN else key


def value_columns(found: Iterable[Row], cells: Iterable[Cell]) -> list[str]:
    """The columns that hold values of results, in their order."""
    others = {*OWN, *(column(key) for cell in cells for key, _ in cell.settings)}
    return list(dict.fromkeys(name for row in found for name in row if name not in others))


def write_table(found: Sequence[Row], path: Path) -> None:
    """Write rows as Parquet, whole or not at all. Raises OSError."""
    import pyarrow as pa
    from pyarrow import parquet

    names = list(dict.fromkeys(name for row in found for name in row))
    ends = ("path", "error")
    names = [n for n in names if n not in ends] + [n for n in names if n in ends]
    columns = {name: _column(pa, name, [row.get(name) for row in found]) for name in names}
    part = path.with_name(f".{path.name}.part")
    parquet.write_table(pa.table(columns), part)
    os.replace(part, path)


def _row(cell: Cell, folder: Path) -> Row:
    now = standing(folder)
    row: Row = {VARIANT: cell.variant}
    row |= {column(key): _number(value) for key, value in cell.settings}
    row |= {SEED: cell.seed, "status": now.status, "step": None, "seconds": None}
    if now.result is not None:
        row |= {"step": now.result["step"], "seconds": now.result["seconds"]} | values(now.result)
    return row | {"path": str(folder), "error": now.error}


def _number(text: str) -> int | float | str:
    """A setting as a number where it is one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _column(pa: Any, name: str, found: list[Any]) -> Any:
    """A column of one type: settings that are not all numbers are texts, values are floats."""
    kinds = {type(value) for value in found if value is not None}
    if name in (SEED, "step") or kinds == {int}:
        return pa.array(found, pa.int64())
    if str in kinds or name in (VARIANT, "status", "path", "error"):
        return pa.array([None if value is None else str(value) for value in found], pa.string())
    return pa.array([None if value is None else float(value) for value in found], pa.float64())
