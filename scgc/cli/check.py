"""`scgc check`: everything the compiler finds wrong or doubtful, without running anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Annotated

import typer

from scgc.checking import Found
from scgc.checking import check as every_found
from scgc.cli.arguments import AllowExtern, Json, Set, Variant
from scgc.cli.faults import USER, tell
from scgc.cli.opening import overrides, read
from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation


def check(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE...", help=".scg files, or names of shipped programs.")
    ] = None,
    variant: Variant = None,
    set_: Set = None,
    allow_extern: AllowExtern = False,
    json_: Json = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of what --json prints.")
    ] = False,
) -> None:
    """Check programs without running them.

    Names, types, shapes, estimators, gradients. Without --variant the base and all variants are checked.
    """
    if schema:
        from scgc.diagnostics import published

        print(published.text(published.Checked.model_json_schema()), end="")
        return
    if not files:
        raise typer.BadParameter("give files, or --schema", param_hint="FILE...")
    given = overrides(set_)
    found = {file: diagnostics(file, variant, given, allow_extern) for file in files}
    if json_:
        from scgc.diagnostics.published import as_json

        told = {f: [{**as_json(d), "variant": v} for v, d in pairs] for f, pairs in found.items()}
        print(json.dumps({"files": told}))
    else:
        for file, pairs in found.items():
            show(pairs, variant)
            print(f"{file}: {summary(pairs)}")
    if any(d.severity == "error" for pairs in found.values() for _, d in pairs):
        raise typer.Exit(USER)


def diagnostics(
    file: str, variant: str | None, given: dict[str, str], allow_extern: bool
) -> tuple[Found, ...]:
    """Of one file with the variant each was found in."""
    try:
        source = read(file)
    except ProgramError as error:
        return tuple((None, d) for d in error.diagnostics)
    return every_found(Compilation(source, variant, given, allow_extern))


def show(found: Iterable[Found], base: str | None) -> None:
    """With a heading for what only a variant has."""
    for variant, group in groupby(found, key=lambda pair: pair[0]):
        if variant != base:
            print(f"in the variant {variant}:", file=sys.stderr)
        tell(d for _, d in group)


def summary(found: Sequence[Found]) -> str:
    """`no errors, 1 warning`."""
    errors = sum(d.severity == "error" for _, d in found)
    return f"{_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}"


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
