"""`scgc gradients`: how the gradient estimators do on a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from scgc.cli.arguments import AllowExtern, Data, File, Json, Seed, Set, Variant
from scgc.cli.opening import opened, writing
from scgc.cli.run import share_the_processor


def gradients(
    file: File,
    node: Annotated[
        list[str] | None,
        typer.Option(metavar="NODE", help="A stochastic node, such as digit.z; without it all. Repeatable."),
    ] = None,
    estimators: Annotated[
        str,
        typer.Option(metavar="NAME,...", help="Which to compare, with options: `score(samples = 8), rebar`."),
    ] = "all",
    variant: Variant = None,
    set_: Set = None,
    seed: Seed = 0,
    draws: Annotated[
        int, typer.Option(min=40, metavar="N", help="How many gradients of each estimator.")
    ] = 200,
    warm_up: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Steps for which what an estimator learns itself is trained before."
        ),
    ] = 500,
    from_: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="A run directory: the trained model, not a fresh one."),
    ] = None,
    step: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Schedules as at step N; without it at 0, or the run's last."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A picture of it: .svg, .png or .pdf.")
    ] = None,
    data: Data = None,
    allow_extern: AllowExtern = False,
    json_: Json = False,
) -> None:
    """Compare gradient estimators on a program.

    Bias, variance, time and memory: each stochastic node is tried under each estimator that is legal
    there, on one batch of the training data.
    """
    compilation = opened(file, variant, set_, allow_extern)
    share_the_processor()
    from rich.console import Console

    from scgc.analysis.named import nodes
    from scgc.gradients.candidates import clauses
    from scgc.gradients.compare import Effort, compare
    from scgc.gradients.subject import Subject
    from scgc.gradients.table import as_json, text
    from scgc.train import process
    from scgc.train.plan import Wishes

    known = nodes(compilation.program)
    for name in node or ():
        if name not in known:
            raise typer.BadParameter(
                f"{name!r} is none of {', '.join(known) or 'no nodes'}", param_hint="--node"
            )
    base = Path(compilation.source.path).parent
    wishes = Wishes(seed=seed, data=data, base=base, allow_extern=allow_extern, device="cpu", threads=1)
    process.set_up(wishes)
    subject = Subject.of(compilation, wishes, from_, step)
    console = Console(stderr=True, quiet=json_)
    with console.status("") as status:
        tables = compare(subject, clauses(estimators), node or known, Effort(draws, warm_up), status.update)
    if plot is not None:
        from scgc.gradients.plot import draw

        with writing(plot, "--plot"):
            draw(tables, plot)
    if json_:
        told = {
            "program": compilation.program.name,
            "step": subject.step,
            "nodes": [as_json(t) for t in tables],
        }
        print(json.dumps(told))
    else:
        print("\n\n".join(text(table) for table in tables))
