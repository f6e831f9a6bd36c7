"""`scgc report`: runs as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scgc.cli.opening import writing


def report(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run directories, or folders that hold some.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The page to write.")] = Path(
        "report.html"
    ),
) -> None:
    """Write a page that shows and compares runs.

    Results, curves, and the program's drawing, whose nodes are coloured by the gradient that reaches them, at
    every moment of the training. The page is one file and needs no network.
    """
    from scgc.report.page import page
    from scgc.report.reading import read_all

    text = page(read_all(runs))
    with writing(output):
        output.write_text(text, encoding="utf-8")
    print(output)
