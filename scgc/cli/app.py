"""The commands under one name."""

from __future__ import annotations

from typing import Annotated

import typer

from scgc.cli.check import check
from scgc.cli.compile import compile_
from scgc.cli.credit import credit
from scgc.cli.draw import draw
from scgc.cli.eval import eval_
from scgc.cli.explain import explain
from scgc.cli.fmt import fmt
from scgc.cli.gradients import gradients
from scgc.cli.ir import ir
from scgc.cli.list import list_
from scgc.cli.lsp import lsp
from scgc.cli.plot import plot
from scgc.cli.report import report
from scgc.cli.run import run
from scgc.cli.runs import runs
from scgc.cli.sample import sample
from scgc.cli.study import study
from scgc.cli.sweep import sweep

app = typer.Typer(
    name="scgc",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from scgc import __version__

        print(f"scgc {__version__}")
        raise typer.Exit


@app.callback()
def scgc(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Stochastic computation graphs: write one as a small .scg program, check it, draw it, train it.

    To begin: `scgc list programs`, `scgc draw digit_addition -o figure.svg`, `scgc run digit_addition`.
    """


COMMANDS = (
    run, sweep, study, runs, report, eval_, check, explain, draw, compile_, sample, gradients, credit, fmt,
    ir, list_, lsp,
)  # fmt: skip

for command in COMMANDS:
    app.command(command.__name__.rstrip("_"))(command)
app.add_typer(plot, name="plot")
