"""`scgc compile`: the PyTorch module of a program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scgc.cli.arguments import AllowExtern, File, NoPasses, Set, Variant
from scgc.cli.opening import opened, writing


def compile_(
    file: File,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; without it printed.")
    ] = None,
    variant: Variant = None,
    set_: Set = None,
    allow_extern: AllowExtern = False,
    no_passes: NoPasses = False,
) -> None:
    """Write a program's PyTorch module."""
    compilation = opened(file, variant, set_, allow_extern)
    compilation.passes = not no_passes
    text = compilation.python
    if output is None:
        print(text, end="")
    else:
        with writing(output):
            output.write_text(text, encoding="utf-8")
