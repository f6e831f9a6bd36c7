"""`scgc study`: what the runs of sweeps say together."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from scgc.cli.arguments import Json
from scgc.cli.plot import Greatest, Select, Tables, names


def study(
    tables: Tables,
    values: Annotated[
        str, typer.Option(metavar="NAME,...", help="Which values, `mig,dci`; without it all of each table.")
    ] = "",
    by: Annotated[
        str | None, typer.Option(metavar="SETTING", help="Apart for each value of a setting: `gamma`.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="NAME", help="Rank correlations with this value: `st_gap`.")
    ] = None,
    select: Select = None,
    greatest: Greatest = False,
    json_: Json = False,
) -> None:
    """What the runs of sweeps say together.

    Medians with quartiles, rank correlations, and model selection.
    """
    from scgc.studies.results import read_all
    from scgc.studies.telling import study, text

    found = study(read_all(tables), names(values), by, against, select, not greatest)
    if json_:
        from scgc.train.runs import finite

        print(json.dumps(finite(found)))
    else:
        from rich.console import Console

        Console().print(text(found, against, select))
