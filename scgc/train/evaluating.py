"""A run evaluated again: the program and the checkpoint of its directory, on its data. Writes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scgc.data.columns import examples
from scgc.train import process
from scgc.train.checkpoints import Damaged, read_facts
from scgc.train.device import Machine, placed
from scgc.train.keeping import BEST
from scgc.train.plan import make_plan
from scgc.train.record import wishes_of
from scgc.train.result import Result
from scgc.train.resuming import read_kept
from scgc.train.runs import load_run, no_run, selected
from scgc.train.scoring import Scoring


def evaluate(path: Path, device: str = "auto", data: Path | None = None) -> Result:
    """The scores of a run's selected checkpoint; of the best or latest so far where it is not finished.

    data: where official files lie now. Raises ProgramError (SCG5xx).
    """
    kept = read_kept(path)
    checkpoint = selected(path)
    if checkpoint is None:
        raise no_run(path, "nothing was saved before it ended")
    wishes = wishes_of(kept.settings, path)
    wishes = replace(wishes, device=device, data=data or wishes.data)
    process.set_up(wishes)
    program = kept.compiled.program
    assert program.train is not None
    loaded = kept.compiled.load(program.train.data, wishes)
    plan = make_plan(program, wishes, examples(loaded.splits["train"]) if loaded else None)
    where = Machine.of(wishes.device, wishes.precision).device
    evaluations = kept.compiled.load_evaluations(loaded, wishes)
    scoring = Scoring(kept.compiled, plan, where, loaded, evaluations)
    model = placed(load_run(path), where)
    return Result(
        program=program.name,
        variant=program.variant,
        seed=plan.seed,
        path=path,
        checkpoint="best" if checkpoint.name == BEST else "last",
        step=_step(checkpoint),
        steps=kept.settings["steps"],
        seconds=0.0 if kept.result is None else kept.result.seconds,
        measured_on=scoring.measured_on,
        validation=scoring.means(model, "validation") if scoring.validated else {},
        test=scoring.means(model, "test"),
        evaluations={block.name: scoring.block(model, block) for block in program.evaluations},
    )


def _step(checkpoint: Path) -> int:
    try:
        facts = read_facts(checkpoint)
        return int(facts["step"] if "step" in facts else facts["state"]["step"])
    except (Damaged, KeyError):
        return 0
