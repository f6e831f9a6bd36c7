"""The commands under one name."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

COMMANDS = (
    "run", "sweep", "study", "runs", "report", "eval_", "check", "explain", "draw", "compile_", "sample",
    "gradients", "credit", "fmt", "ir", "list_", "lsp", "plot",
)  # fmt: skip
"""Each the function, or the group of commands, of the file with its name."""


def app(asked: str | None = None) -> typer.Typer:
    """The command line, with the one command that is asked for or with all: importing them takes its time."""
    found = typer.Typer(
        name="scgc",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    found.callback()(scgc)
    names = {function.rstrip("_"): function for function in COMMANDS}
    for name in [asked] if asked in names else names:
        command = getattr(import_module(f"scgc.cli.{name}"), names[name])
        if isinstance(command, typer.Typer):
            found.add_typer(command, name=name)
        else:
            found.command(name)(command)
    return found


def _version(wanted: bool) -> None:
    if wanted:
        from scgc import __version__

        print(f"scgc {__version__}")
        raise typer.Exit


def scgc(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Stochastic computation graphs: write one as a small .scg program, check it, draw it, train it.

    To begin: `scgc list programs`, `scgc draw digit_addition -o figure.svg`, `scgc run digit_addition`.
    """
