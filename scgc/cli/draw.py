"""`scgc draw`: a program as a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scgc.cli.arguments import AllowExtern, File, Set, Variant
from scgc.cli.opening import opened, writing


def draw(
    file: File,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="FILE.svg, .png, .pdf or .dot; without it NAME.svg."
        ),
    ] = None,
    depth: Annotated[
        int, typer.Option(min=0, metavar="N", help="How many levels of net calls are opened.")
    ] = 1,
    gradients: Annotated[
        bool, typer.Option("--gradients", help="Show how gradients pass, and where they stop.")
    ] = False,
    credit: Annotated[
        bool, typer.Option("--credit", help="Show which losses weigh which stochastic node.")
    ] = False,
    variant: Variant = None,
    set_: Set = None,
    allow_extern: AllowExtern = False,
) -> None:
    """Draw a program as a figure.

    Inputs are boxes, deterministic nodes diamonds, stochastic ones blue circles.
    """
    compilation = opened(file, variant, set_, allow_extern)
    from scgc.draw import dot
    from scgc.draw.render import render

    path = output or Path(f"{compilation.program.name}.svg")
    with writing(path):
        render(dot(compilation.program, depth, gradients, compilation.places, credit=credit), path)
    print(path)
