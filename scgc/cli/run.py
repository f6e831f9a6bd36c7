"""`scgc run`: train a program and evaluate it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from scgc.cli.arguments import AllowExtern, Data, Device, File, Json, Seed, Set, Variant
from scgc.cli.opening import opened


def run(
    file: File,
    variant: Variant = None,
    set_: Set = None,
    seed: Seed = 0,
    steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Train for N steps, whatever the program says.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Train for N epochs, whatever the program says.")
    ] = None,
    device: Device = "auto",
    threads: Annotated[
        int, typer.Option(min=1, metavar="N", help="Processor threads. More help large models only.")
    ] = 1,
    data: Data = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run directory; without it a new one in runs/.")
    ] = None,
    allow_extern: AllowExtern = False,
    json_: Json = False,
) -> None:
    """Train a program and evaluate it.

    The trained model stays in a run directory, for `scgc.load(DIR)` and `scgc sample FILE --from DIR`.
    """
    if steps is not None and epochs is not None:
        raise typer.BadParameter("give --steps or --epochs, not both", param_hint="--steps")
    compilation = opened(file, variant, set_, allow_extern)
    share_the_processor()
    from rich.console import Console

    from scgc.train.compiled import Compiled
    from scgc.train.plan import Wishes
    from scgc.train.run import run as train

    wishes = Wishes(
        seed=seed,
        steps=steps,
        epochs=epochs,
        device=device,
        threads=threads,
        data=data,
        base=Path(compilation.source.path).parent,
        out=out,
        allow_extern=allow_extern,
    )
    console = Console()
    result = train(Compiled.of(compilation), wishes, None if json_ else console)
    if json_:
        from scgc.train.runs import finite

        print(json.dumps(finite(result.as_dict())))
    else:
        console.print(result.table())
        console.print(result.summary(), soft_wrap=True, highlight=False)


def share_the_processor() -> None:
    """Let PyTorch's threads sleep while they wait for each other; to be called before torch is imported.

    They spin by default. With small tensors and another busy process on the machine, a step of the quickstart
    then took 90 ms where it takes 0.4 ms. Whoever sets the variable keeps their setting.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
