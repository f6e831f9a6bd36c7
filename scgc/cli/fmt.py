"""`scgc fmt`: programs in their canonical layout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from scgc.cli.faults import USER, tell
from scgc.cli.opening import read, writing
from scgc.diagnostics.base import ProgramError
from scgc.source import Source


def fmt(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help=".scg files; - reads one and prints it.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail where a file would change.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; show what would change.")] = False,
) -> None:
    """Lay out programs canonically.

    Comments and meaning stay.
    """
    failed = False
    for file in files:
        try:
            failed |= _format(file, check, diff)
        except ProgramError as error:
            tell(error.diagnostics)
            failed = True
    if failed:
        raise typer.Exit(USER)


def _format(file: str, check: bool, diff: bool) -> bool:
    """Whether the file is not as it should be and stays so."""
    from scgc.syntax.format import format_source

    source = Source("<stdin>", sys.stdin.read()) if file == "-" else read(file)
    text = format_source(source)
    if diff:
        print(_difference(source, text), end="")
        return check and text != source.text
    if file == "-" and not check:
        print(text, end="")
    elif text != source.text:
        if check:
            print(f"{file}: would change")
            return True
        with writing(Path(source.path)):
            Path(source.path).write_text(text, encoding="utf-8")
        print(f"{file}: changed")
    return False


def _difference(source: Source, text: str) -> str:
    """What the layout changes, as `diff -u` shows it."""
    from difflib import unified_diff

    old, new = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    lines = unified_diff(old, new, source.path, f"{source.path}, formatted")
    missing = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + missing for line in lines)
