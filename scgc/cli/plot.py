"""`scgc plot`: the pictures of studies, one command each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scgc.cli.arguments import Data
from scgc.cli.opening import writing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

plot = typer.Typer(no_args_is_help=True, help="Draw the pictures of studies.", rich_markup_mode=None)

Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="The picture: .svg, .png or .pdf.")
]
Tables = Annotated[
    list[str],
    typer.Argument(
        metavar="TABLE...", help="Folders of sweeps or their tables, with a name: `vae=runs/sweep-vae`."
    ),
]
Values = Annotated[
    str, typer.Option(metavar="NAME,...", help="Values of the tables: `mig`, or `disentangled.mig(v)`.")
]
Select = Annotated[
    str | None, typer.Option(metavar="NAME", help="Values of the run with the least of this: `st_gap`.")
]
Greatest = Annotated[bool, typer.Option("--greatest", help="Select the run with the greatest.")]
Code = Annotated[
    str | None, typer.Option(metavar="NAME", help="The code; without it the value that measures look at.")
]


@plot.command()
def violins(tables: Tables, values: Values, output: Output = Path("violins.svg")) -> None:
    """Values of runs as violins.

    One for each table, with every run, the median and the quartiles.
    """
    from scgc.studies.densities import violins
    from scgc.studies.results import read_all

    save(violins(read_all(tables), names(values)), output)


@plot.command()
def densities(tables: Tables, values: Values, output: Output = Path("densities.svg")) -> None:
    """Values of runs as densities.

    One for each table, one over the other, with a line at the median.
    """
    from scgc.studies.densities import densities
    from scgc.studies.results import read_all

    save(densities(read_all(tables), names(values)), output)


@plot.command()
def correlations(
    tables: Tables,
    values: Values,
    against: Annotated[str, typer.Option(metavar="NAME", help="The value to correlate with: `st_gap`.")],
    output: Output = Path("correlations.svg"),
) -> None:
    """Rank correlations over runs.

    Spearman's, of each value with one, for each table.
    """
    from scgc.studies.densities import correlations
    from scgc.studies.results import read_all

    save(correlations(read_all(tables), names(values), against), output)


@plot.command()
def best(
    tables: Tables,
    values: Values,
    by: Annotated[
        str,
        typer.Option(metavar="NAME,...", help="Apart for each value of settings: `data,data.labels`."),
    ] = "",
    select: Select = None,
    greatest: Greatest = False,
    output: Output = Path("best.svg"),
) -> None:
    """How often a table is the best.

    Of the values, by medians over runs; each variant of a program for itself.
    """
    from scgc.studies.densities import best
    from scgc.studies.results import read_all
    from scgc.studies.statistics import Comparison

    comparison = Comparison(names(values), names(by), select, not greatest)
    save(best(read_all(tables), comparison), output)


@plot.command()
def traversals(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    code: Code = None,
    decoder: Annotated[
        str, typer.Option(metavar="NET", help="The net that makes a picture of a code.")
    ] = "decode",
    examples: Annotated[int, typer.Option(min=1, metavar="N", help="Test examples shown at the left.")] = 4,
    steps: Annotated[int, typer.Option(min=2, metavar="N", help="Pictures along each dimension.")] = 8,
    data: Data = None,
    output: Output = Path("traversals.png"),
) -> None:
    """What each dimension of a code changes.

    Beside it test examples, with what comes back of them.
    """
    from scgc.studies.subject import Subject
    from scgc.studies.traversals import traversals

    save(traversals(Subject.of(run, code, data), decoder, examples, steps), output)


@plot.command()
def geometry(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run directories.")],
    factors: Annotated[
        str, typer.Option(metavar="NAME,NAME", help="The two factors whose grid is shown.")
    ] = "pos_x,pos_y",
    lines: Annotated[int, typer.Option(min=2, metavar="N", help="Values of either factor.")] = 10,
    code: Code = None,
    data: Data = None,
    output: Output = Path("geometry.svg"),
) -> None:
    """A grid of two factors as codes see it.

    The runs with the greatest mutual information gap come first.
    """
    from scgc.studies.geometry import geometry
    from scgc.studies.subject import Subject

    chosen = names(factors)
    if len(chosen) != 2:
        raise typer.BadParameter("name two factors, such as pos_x,pos_y", param_hint="--factors")
    save(geometry([Subject.of(run, code, data) for run in runs], chosen, lines), output)


@plot.command()
def simplex(
    theta: Annotated[
        str, typer.Option(metavar="W,W,W", help="Unnormalised probabilities of three categories.")
    ] = "2,0.5,1",
    tau: Annotated[str, typer.Option(metavar="T,...", help="Temperatures, a column each.")] = "0.1,0.5,1,2,5",
    scale: Annotated[str, typer.Option(metavar="S,...", help="Scales of the noise, a row each.")] = "1",
    output: Output = Path("simplex.png"),
) -> None:
    """The Gumbel-softmax density on the triangle."""
    from scgc.studies.simplex import triangles

    weights = positive(theta, "--theta")
    if len(weights) != 3:
        raise typer.BadParameter("a triangle has three categories", param_hint="--theta")
    save(triangles(weights, positive(tau, "--tau"), positive(scale, "--scale")), output)


@plot.command()
def line(
    theta: Annotated[
        list[str],
        typer.Option(metavar="W,W,...", help="Unnormalised probabilities; a column each. Repeatable."),
    ],
    tau: Annotated[float, typer.Option(min=1e-6, metavar="T", help="The temperature.")] = 1.0,
    scale: Annotated[float, typer.Option(min=0, metavar="S", help="The scale of the noise.")] = 1.0,
    output: Output = Path("line.svg"),
) -> None:
    """Gumbel-softmax draws on a line of categories."""
    from scgc.studies.simplex import lines

    weights = [positive(t, "--theta", least=0) for t in theta]
    if any(len(w) < 2 or sum(w) == 0 for w in weights):
        raise typer.BadParameter("give two categories or more, not all 0", param_hint="--theta")
    save(lines(weights, tau, scale), output)


def names(text: str) -> list[str]:
    """`"mig, dci"` as a list. Commas within parentheses part nothing."""
    import re

    return [name.strip() for name in re.split(r",(?![^(]*\))", text) if name.strip()]


def positive(text: str, option: str, least: float | None = None) -> list[float]:
    """`"0.5,1"` as numbers above 0, or from `least` on. Raises BadParameter."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or not all(n < float("inf") and (n > 0 if least is None else n >= least) for n in numbers):
        wanted = "above 0" if least is None else f"from {least:g} on"
        raise typer.BadParameter(
            f"write numbers {wanted} with commas between, not {text!r}", param_hint=option
        )
    return numbers


def save(drawn: Figure, path: Path) -> None:
    """Write the picture and say where. Raises ProgramError (SCG514)."""
    from scgc.studies.picture import save

    with writing(path):
        save(drawn, path)
    print(path)
