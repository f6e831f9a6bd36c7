"""From the words of a command line to a compilation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from scgc.cli.faults import tell
from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation
from scgc.programs import find
from scgc.source import Source
from scgc.syntax.errors import read_source


def read(file: str) -> Source:
    """The text of a program. Raises ProgramError (SCG009, SCG501)."""
    return read_source(find(file))


def opened(
    file: str, variant: str | None, settings: list[str] | None, allow_extern: bool = False
) -> Compilation:
    """A program that has been checked; its warnings are told. Raises ProgramError with every error."""
    compilation = Compilation(read(file), variant, overrides(settings), allow_extern)
    errors = [d for d in compilation.diagnostics if d.severity == "error"]
    if errors:
        raise ProgramError(tuple(compilation.diagnostics))
    tell(compilation.diagnostics)
    return compilation


def overrides(settings: list[str] | None) -> dict[str, str]:
    """`["beta=1"]` as `{"beta": "1"}`. Raises BadParameter."""
    found = {}
    for setting in settings or []:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise typer.BadParameter(f"write NAME=VALUE, not {setting!r}", param_hint="--set")
        found[name.strip()] = value.strip()
    return found


@contextmanager
def writing(path: Path, option: str = "-o") -> Iterator[None]:
    """Around writing where the user's `option` says. Raises ProgramError (SCG514) where that fails."""
    from scgc.diagnostics.data import UnknownFormat

    try:
        yield
    except OSError as error:
        problem = error.strerror or str(error)
        known = f"choose another place with {option}."
        fault = UnknownFormat(span=None, path=str(path), problem=problem, known=known)
        raise ProgramError((fault,)) from None
