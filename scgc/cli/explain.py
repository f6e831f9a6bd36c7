"""`scgc explain`: what a code means, with a wrong program and a right one."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from scgc.cli.arguments import Json


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="Such as SCG201; without it all codes are listed.")
    ] = None,
    json_: Json = False,
) -> None:
    """Explain an error or a warning by its code.

    Why it is told, a program that has it, and one that does not.
    """
    from scgc.diagnostics import CATALOGUE
    from scgc.diagnostics.explain import example
    from scgc.diagnostics.explain import explain as page

    known = None if code is None else _known(code, tuple(CATALOGUE))
    if known is None:
        listing(json_)
    elif json_:
        programs = example(known)
        print(json.dumps({**_entry(known), **(asdict(programs) if programs else {})}))
    else:
        print(page(known))


def listing(json_: bool) -> None:
    """Every code with its title."""
    from scgc.diagnostics import CATALOGUE

    entries = [_entry(code) for code in sorted(CATALOGUE)]
    if json_:
        print(json.dumps(entries))
        return
    for entry in entries:
        print(f"{entry['code']}  {entry['severity']:7}  {entry['title']}")


def _entry(code: str) -> dict[str, str]:
    from scgc.diagnostics import CATALOGUE
    from scgc.diagnostics.explain import title

    kind = CATALOGUE[code]
    return {
        "code": code,
        "severity": kind.severity,
        "title": title(kind),
        "why": " ".join((kind.__doc__ or "").split()),
    }


def _known(code: str, codes: tuple[str, ...]) -> str:
    """`scg201` and `201` are `SCG201`. Raises BadParameter."""
    from scgc.diagnostics.base import nearest

    wanted = code.upper() if code.upper().startswith("SCG") else f"SCG{code}"
    if wanted not in codes:
        hint = nearest(wanted, sorted(codes))
        raise typer.BadParameter(f"there is no code {code!r}.{hint} `scgc explain` lists them.")
    return wanted
