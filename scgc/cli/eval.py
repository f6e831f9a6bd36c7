"""`scgc eval`: what the model of a run scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from scgc.cli.arguments import Data, Device, Json
from scgc.cli.run import share_the_processor


def eval_(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    device: Device = "auto",
    data: Data = None,
    json_: Json = False,
) -> None:
    """Evaluate a run again.

    The selected checkpoint, or the best so far, on the validation and test data and in the `evaluate` blocks.
    """
    share_the_processor()
    from scgc.train.evaluating import evaluate
    from scgc.train.runs import finite

    result = evaluate(run, device, data)
    if json_:
        print(json.dumps(finite(result.as_dict())))
    else:
        from rich.console import Console

        console = Console()
        console.print(result.table())
        console.print(result.origin(), soft_wrap=True, highlight=False)
