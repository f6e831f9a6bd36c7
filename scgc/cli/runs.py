"""`scgc runs`: the runs in a folder, with their results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scgc.cli.arguments import Json

if TYPE_CHECKING:
    from scgc.train.listing import Listed


def runs(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with run directories.")] = Path(
        "runs"
    ),
    json_: Json = False,
) -> None:
    """List runs with their results."""
    from scgc.train.listing import runs as listed

    found = listed(folder)
    if json_:
        print(json.dumps({"runs": [run.as_dict() for run in found]}))
    elif not found:
        print(f"no runs in {folder}")
    else:
        show(found, folder)


def show(found: list[Listed], folder: Path) -> None:
    """A table with a row for each run."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in ("run", "program", "seed", "step", "", "result"):
        table.add_column(heading, overflow="fold")
    for run in found:
        program = run.program + (f" ({run.variant})" if run.variant else "")
        changes = [f"{name} = {value}" for name, value in run.overrides.items()]
        values = [f"{name} {_number(value)}" for name, value in run.values.items()]
        place = run.path.relative_to(folder) if run.path != folder else run.path
        step = f"{run.step}/{run.steps}" if run.step < run.steps else str(run.steps)
        table.add_row(
            str(place), "\n".join([program, *changes]), str(run.seed), step, run.status, "\n".join(values)
        )
    Console().print(table)


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4g}"
