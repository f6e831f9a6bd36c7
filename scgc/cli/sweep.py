"""`scgc sweep`: a grid of runs, and one table of their results."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scgc.cli.arguments import AllowExtern, Data, Device, File, Json, Set, Variant
from scgc.cli.faults import USER, tell
from scgc.cli.opening import overrides, read
from scgc.cli.run import share_the_processor

if TYPE_CHECKING:
    from scgc.diagnostics.base import Diagnostic
    from scgc.sweep.grid import Cell
    from scgc.sweep.sweeping import Run
    from scgc.sweep.table import Row
    from scgc.syntax import ast


def sweep(
    file: File,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES",
            help="An axis, in place of the program's of that name: gamma=10,20,30, seed=range(5) or "
            "variant=none,exact. Repeatable.",
        ),
    ] = None,
    variant: Variant = None,
    set_: Set = None,
    steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Train for N steps, whatever the program says.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Train for N epochs, whatever the program says.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="How many runs at a time; without it one for each processor core."
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Run on a Ray cluster; `local` begins one here. Needs `pip install scg-compiler[ray]`.",
        ),
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Run again what failed.")] = False,
    device: Device = "auto",
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder of the sweep; without it runs/sweep-NAME."),
    ] = None,
    allow_extern: AllowExtern = False,
    json_: Json = False,
) -> None:
    """Run a grid of variants, settings and seeds.

    Of the program's `sweep` block and --grid. Every run has a directory of its own; results.parquet beside
    them holds all results. The same command again does what is left to do.
    """
    if steps is not None and epochs is not None:
        raise typer.BadParameter("give --steps or --epochs, not both", param_hint="--steps")
    from scgc.sweep.grid import make_cells
    from scgc.sweep.legal import Swept, check
    from scgc.sweep.sweeping import Sweep
    from scgc.train.plan import Wishes

    swept = Swept(read(file), overrides(set_), allow_extern)
    whole = swept.whole(variant)
    cells = make_cells(whole.resolved, axes(grid), variant)
    programs, told = check(swept, cells)
    show(told)
    if len(programs) < len(cells):
        if json_:
            print(json.dumps({"diagnostics": as_objects(told)}))
        raise typer.Exit(USER)
    share_the_processor()
    wishes = Wishes(
        steps=steps,
        epochs=epochs,
        device=device,
        threads=1,
        data=data,
        base=Path(swept.source.path).parent,
        allow_extern=allow_extern,
    )
    folder = out or Path("runs") / f"sweep-{whole.program.name}"
    found, ended = Sweep(swept, programs, folder, wishes, retry).run(
        runner(jobs or cores(), ray), _silent if json_ else line
    )
    report(cells, found, folder, json_)
    if ended is not None:
        print("interrupted; the same command goes on", file=sys.stderr)
        raise typer.Exit(ended.code)
    if any(row["status"] == "failed" for row in found):
        raise typer.Exit(USER)


def axes(grid: list[str] | None) -> list[ast.Setting]:
    """`["gamma=10,20"]` as settings with lists. Raises BadParameter."""
    found = []
    for text in grid or []:
        axis = _axis(text)
        if axis is None:
            raise typer.BadParameter(
                f"write NAME=VALUE,VALUE or NAME=range(N), not {text!r}", param_hint="--grid"
            )
        found.append(axis)
    return found


def _axis(text: str) -> ast.Setting | None:
    from scgc.source import Source
    from scgc.syntax.parse import parse
    from scgc.syntax.reading import Unreadable

    name, _, values = text.partition("=")
    try:
        setting: ast.Setting = parse(Source(f"--grid {name.strip()}", f"{name} = [{values}]"), "setting")
    except Unreadable:
        return None
    return setting if values.strip() else None


def runner(jobs: int, ray: str | None) -> Run:
    """Where the cells are run."""
    if ray is not None:
        from scgc.sweep.cluster import on_a_cluster

        return lambda tasks, stop: on_a_cluster(tasks, ray, jobs, stop)
    from scgc.sweep.processes import on_this_machine

    return lambda tasks, stop: on_this_machine(tasks, jobs, stop)


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def show(told: list[tuple[str, list[Diagnostic]]]) -> None:
    """What was found in the cells, with a heading for each that has it first."""
    for where, diagnostics in told:
        print(f"{where}:", file=sys.stderr)
        tell(diagnostics)


def as_objects(told: list[tuple[str, list[Diagnostic]]]) -> list[dict[str, object]]:
    from scgc.diagnostics.published import as_json

    return [{**as_json(d), "cell": where} for where, diagnostics in told for d in diagnostics]


def line(cell: Cell, row: Row, left: int) -> None:
    """Prints that a cell has ended."""
    seconds = "" if row["seconds"] is None else f"  {row['seconds']:.1f} s"
    print(f"{cell.name}  {row['status']}{seconds}  ({left} left)", flush=True)


def report(cells: tuple[Cell, ...], found: list[Row], folder: Path, json_: bool) -> None:
    """The summary and where the table is, or all rows as one object."""
    from scgc.sweep.summary import counted, summary
    from scgc.sweep.table import TABLE

    if json_:
        print(json.dumps({"path": str(folder), "table": str(folder / TABLE), "cells": found}))
        return
    from rich.console import Console

    console = Console()
    console.print(summary(cells, found))
    for row in found:
        if row["status"] == "failed":
            lines = row["error"].strip().splitlines()
            first = lines[-1 if lines[0].startswith("Traceback") else 0]
            console.print(f"{row['path']} failed: {first}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"{counted(found)}; the table is {folder / TABLE}", highlight=False, soft_wrap=True)


def _silent(cell: Cell, row: Row, left: int) -> None:
    """Nobody watches."""
