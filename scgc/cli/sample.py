"""`scgc sample`: draws from a program, trained or as it is initialised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from scgc.cli.arguments import AllowExtern, Data, File, Json, Seed, Set, Variant
from scgc.cli.opening import opened, writing

if TYPE_CHECKING:
    from scgc.train.sampling import Draws


def sample(
    file: File,
    n: Annotated[int, typer.Option("-n", min=1, metavar="N", help="How many draws.")] = 10,
    from_: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="A run directory: the trained model, not a fresh one."),
    ] = None,
    free: Annotated[
        str | None,
        typer.Option(
            "--free",
            metavar="NODE,...",
            help="Nodes drawn from their prior, or in place of what they observe: `z,k`.",
        ),
    ] = None,
    variant: Variant = None,
    set_: Set = None,
    draw_: Annotated[
        Path | None,
        typer.Option("--draw", metavar="DIR", help="Draw the graphs among them, such as parse trees, here."),
    ] = None,
    format_: Annotated[
        Literal["svg", "png", "pdf", "dot"], typer.Option("--format", help="Of these pictures.")
    ] = "svg",
    seed: Seed = 0,
    data: Data = None,
    allow_extern: AllowExtern = False,
    json_: Json = False,
) -> None:
    """Show what stochastic nodes draw.

    A program with inputs is given examples of its test data.
    """
    compilation = opened(file, variant, set_, allow_extern)
    from scgc.train.compiled import Compiled
    from scgc.train.plan import Wishes
    from scgc.train.sampling import sample as draw

    wishes = Wishes(
        seed=seed, data=data, base=Path(compilation.source.path).parent, allow_extern=allow_extern
    )
    drawn = draw(Compiled.of(compilation), wishes, n, from_, free.split(",") if free else ())
    if draw_ is not None:
        pictures(drawn, draw_, format_)
    if json_:
        from scgc.train.runs import finite

        print(json.dumps(finite({"program": compilation.program.name, "draws": drawn.rows()})))
    else:
        show(drawn)


def pictures(drawn: Draws, folder: Path, ending: str) -> None:
    """A file for each draw of each graph: `tree-1.svg`. Raises ProgramError (SCG510) where there is none."""
    from scgc.diagnostics.base import ProgramError
    from scgc.diagnostics.data import NothingToRun
    from scgc.draw.inner import draw_graph

    names = drawn.drawn.graphs()
    if not names:
        advice = "a graph is a value of type onehot(n)[n] or bool[n, n]; --free shows what a generator makes."
        missing = "graph among what it draws"
        raise ProgramError((NothingToRun(span=None, action="drawn", missing=missing, advice=advice),))
    with writing(folder, "--draw"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            for i in range(drawn.count):
                graph, truth = drawn.drawn.graph(name, i), drawn.drawn.truth(name, i)
                draw_graph(graph, folder / f"{name}-{i + 1}.{ending}", truth=truth)


def show(drawn: Draws) -> None:
    """A row for each draw."""
    rows = [list(drawn.values)] + [[_word(v) for v in row.values()] for row in drawn.rows()]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(word.rjust(width) for word, width in zip(row, widths, strict=True)).rstrip())


def _word(value: Any) -> str:
    if isinstance(value, list):
        return "[" + " ".join(_word(v) for v in value) + "]"
    return f"{value:.4g}" if isinstance(value, float) else str(value).lower()
