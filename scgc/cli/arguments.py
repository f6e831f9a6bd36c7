"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[str, typer.Argument(metavar="FILE", help="A .scg file, or the name of a shipped program.")]
Variant = Annotated[
    str | None, typer.Option(metavar="NAME", help="The variant of the program; without it the base.")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Replace a dim, a schedule, a setting (batch=64) or an estimator (z.via=score). Repeatable.",
    ),
]
AllowExtern = Annotated[
    bool, typer.Option("--allow-extern", help="Let the program run Python code of its own.")
]
NoPasses = Annotated[
    bool, typer.Option("--no-passes", help="Emit the graph as it is written, without the compiler's passes.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder with data files, such as DIR/mnist; without it $SCGC_DATA."),
]
Device = Annotated[str, typer.Option(metavar="DEVICE", help="cpu, cuda, cuda:1, mps; auto takes the best.")]
Seed = Annotated[int, typer.Option(min=0, metavar="N", help="Fixes initialisation, data order and noise.")]
