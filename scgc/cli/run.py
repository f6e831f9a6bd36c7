"""`scgc run`: train a program and evaluate it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from scgc.cli.arguments import AllowExtern, Data, Device, Json, NoPasses, Seed, Set, Variant
from scgc.cli.faults import USER, tell
from scgc.cli.opening import opened

if TYPE_CHECKING:
    from rich.console import Console

    from scgc.train.result import Result
    from scgc.train.results import Results


def run(
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A .scg file, or the name of a shipped program.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Go on with the run in DIR, in place of FILE; --steps, --epochs extend it."
        ),
    ] = None,
    variant: Variant = None,
    set_: Set = None,
    seed: Seed = 0,
    seeds: Annotated[
        int,
        typer.Option(min=1, metavar="K", help="K runs, with seeds from --seed on, and a table over them."),
    ] = 1,
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
    precision: Annotated[
        Literal["fp32", "bf16"], typer.Option(help="bf16 computes in bfloat16 where that is safe.")
    ] = "fp32",
    compile_: Annotated[
        bool, typer.Option("--compile", help="The training step as one compiled function; takes a minute.")
    ] = False,
    devices: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="N processes train the model, each on a part of every batch."),
    ] = 1,
    no_passes: NoPasses = False,
    allow_extern: AllowExtern = False,
    json_: Json = False,
) -> None:
    """Train a program and evaluate it.

    The trained model stays in a run directory, for `scgc.load(DIR)` and `scgc sample FILE --from DIR`. Ctrl-C
    ends it after a checkpoint; `scgc run --resume DIR` goes on.
    """
    if steps is not None and epochs is not None:
        raise typer.BadParameter("give --steps or --epochs, not both", param_hint="--steps")
    if devices > 1 and (compile_ or seeds > 1):
        problem = "it goes neither with --compile nor with --seeds"
        raise typer.BadParameter(problem, param_hint="--devices")
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}
    if resume is not None:
        verify_resumed(given)
        share_the_processor()
        go_on(resume, steps, epochs, device if "device" in given else None, data, json_)
        return
    if file is None:
        raise typer.BadParameter("give a program, or --resume DIR", param_hint="FILE")
    compilation = opened(file, variant, set_, allow_extern)
    share_the_processor()
    from rich.console import Console

    from scgc.train.compiled import Compiled
    from scgc.train.plan import PRECISIONS, Wishes
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
        precision=PRECISIONS[precision],
        compile=compile_,
        devices=devices,
    )
    compilation.passes = not no_passes
    console = Console()
    if seeds > 1:
        from scgc.train.several import run_seeds

        show_all(
            run_seeds(Compiled.of(compilation), wishes, seeds, None if json_ else console), console, json_
        )
        return
    show(train(Compiled.of(compilation), wishes, None if json_ else console), console, json_)


def go_on(
    path: Path, steps: int | None, epochs: int | None, device: str | None, data: Path | None, json_: bool
) -> None:
    """`--resume`."""
    from rich.console import Console

    from scgc.train.resuming import Again, resume
    from scgc.train.runs import SEEDS

    console = Console()
    again = Again(steps, epochs, device, data)
    if (path / SEEDS).is_file():
        from scgc.train.resuming_several import resume_seeds

        found = resume_seeds(path, again, None if json_ else console, lambda d: tell([d]))
        show_all(found, console, json_)
        return
    show(resume(path, again, None if json_ else console, lambda d: tell([d])), console, json_)


def verify_resumed(given: set[str]) -> None:
    """Raises BadParameter for what a run that goes on cannot be told: its directory says it."""
    for name in sorted(given - {"resume", "steps", "epochs", "device", "data", "json_"}):
        option = "FILE" if name == "file" else f"--{name.rstrip('_').replace('_', '-')}"
        raise typer.BadParameter("the directory of the run says it already", param_hint=f"{option} --resume")


def show(result: Result, console: Console, json_: bool) -> None:
    """A result, as a table or an object."""
    if json_:
        from scgc.train.runs import finite

        print(json.dumps(finite(result.as_dict())))
        return
    if result.found:
        console.print("this run is finished; --steps or --epochs extend it", highlight=False)
    console.print(result.table())
    console.print(result.summary(), soft_wrap=True, highlight=False)


def show_all(results: Results, console: Console, json_: bool) -> None:
    """The results of several runs, as a table or an object, and which have none."""
    if json_:
        from scgc.diagnostics.published import as_json
        from scgc.train.runs import finite

        faults = {"diagnostics": [as_json(fault) for fault in results.faults]} if results.faults else {}
        print(json.dumps(finite(results.as_dict()) | faults))
    else:
        console.print(results.table())
        console.print(results.summary(), soft_wrap=True, highlight=False)
    if results.faults:
        tell(results.faults)
        raise typer.Exit(USER)


def share_the_processor() -> None:
    """Let PyTorch's threads sleep while they wait for each other; to be called before torch is imported.

    They spin by default. With small tensors and another busy process on the machine, a step of the quickstart
    then took 90 ms where it takes 0.4 ms. Whoever sets the variable keeps their setting.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
