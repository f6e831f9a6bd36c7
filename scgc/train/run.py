"""One run from a typed program and its generated module to a trained model in a run directory.

The order: data (checked before anything else), the model, training, the selected checkpoint, evaluations.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import torch
from lightning_fabric import Fabric
from rich.console import Console
from torch import nn

from scgc.data.columns import Loaded, Split, examples
from scgc.data.load import load
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import InputWithoutData, NothingToRun
from scgc.ir.dims import Dim
from scgc.ir.graph import Evaluate, Places, Program, Use
from scgc.runtime import Model
from scgc.train.batches import Batch, ordered_batches, place, training_batches
from scgc.train.checkpoints import load_state
from scgc.train.device import make_fabric
from scgc.train.evaluation import DRAWS, means, report
from scgc.train.loop import Loop
from scgc.train.optimizers import build
from scgc.train.plan import Plan, Wishes, describe, make_plan, train_block
from scgc.train.progress import watching
from scgc.train.result import Result
from scgc.train.runs import RunDirectory, make_model
from scgc.train.state import State

EVALUATION_BATCH = 256
"""Examples at once in evaluation, where the training batch is smaller."""


@dataclass(frozen=True)
class Compiled:
    """What a run needs of a compilation: the graph, the module's text, the program's text and places."""

    program: Program
    module: str
    text: str
    places: Places


def run(compiled: Compiled, wishes: Wishes, console: Console | None = None) -> Result:
    """Train and evaluate. Raises ProgramError (SCG5xx) for what is wrong with data, settings or machine.

    console: where progress is shown; None for nowhere.
    """
    program = compiled.program
    train = train_block(program)
    fabric = make_fabric(wishes.device, wishes.precision)
    data = _load(train.data, compiled, wishes)
    evaluations = {e.name: _load(e.data, compiled, wishes) or data for e in program.evaluations}
    _check_reports(compiled, evaluations)
    plan = make_plan(program, wishes, examples(data.splits["train"]) if data else None)
    name = program.name + (f"-{program.variant}" if program.variant else "")
    directory = RunDirectory.create(wishes.out, name)
    try:
        return Run(compiled, wishes, plan, fabric, directory, data, evaluations).go(console or _silent())
    finally:
        directory.close()


@dataclass(frozen=True)
class Run:
    """A run with everything at hand."""

    compiled: Compiled
    wishes: Wishes
    plan: Plan
    fabric: Fabric
    directory: RunDirectory
    data: Loaded | None
    evaluations: dict[str, Loaded | None]

    def go(self, console: Console) -> Result:
        """Train, select, evaluate, write the result."""
        dims = self.dims()
        self.directory.write("program.scg", self.compiled.text)
        self.directory.write("module.py", self.compiled.module)
        self.directory.write("settings.json", self.settings(dims))
        torch.manual_seed(self.plan.seed)
        model = make_model(self.directory.path / "module.py", dims).to(self.fabric.device)
        began = time.perf_counter()
        state = self.train(model, console)
        seconds = time.perf_counter() - began
        checkpoint = "best" if state.best_step is not None else "last"
        load_state(model, self.directory.path / f"{checkpoint}.safetensors")
        result = Result(
            program=self.compiled.program.name,
            variant=self.compiled.program.variant,
            seed=self.plan.seed,
            path=self.directory.path,
            checkpoint=checkpoint,
            step=state.step if state.best_step is None else state.best_step,
            steps=self.plan.clock.total,
            seconds=seconds,
            measured_on="test data" if self.data else f"{DRAWS} draws",
            test=state.selected,
            evaluations={e.name: self.evaluate(model, e) for e in self.compiled.program.evaluations},
        )
        self.directory.write("result.json", result.as_dict())
        return result

    def dims(self) -> dict[str, int]:
        """The declared dims that only the data knows."""
        known = {f"data.{n}": Dim.of(v) for n, v in (self.data.dims if self.data else {}).items()}
        values = {d.name: d.value for d in self.compiled.program.dims}
        found = {n: v.substitute(values | known).value for n, v in values.items() if v.value is None}
        open_ = {n for n, v in values.items() if any(s.startswith("data.") for s in v.symbols)}
        return {n: v for n, v in found.items() if v is not None and n in open_}

    def train(self, model: Model, console: Console) -> State:
        parameters = [p for p in model.parameters() if p.requires_grad]
        if not parameters:
            advice = "a `param`, or a layer in a `net`, is what training changes."
            fault = NothingToRun(span=None, action="trained", missing="parameter", advice=advice)
            raise ProgramError((fault,))
        optimizer = build(self.plan.optimizer, self.plan.optimizer_options, parameters)
        forward, optimizer = self.set_up(model, optimizer)
        test = place(self.data.splits["test"], self.fabric.device) if self.data else None
        with watching(console, self.plan.clock) as watcher:
            return Loop(
                plan=self.plan,
                fabric=self.fabric,
                model=model,
                forward=forward,
                optimizer=optimizer,
                batches=self.batches(),
                test_batches=lambda: self.test_batches(test),
                save=lambda name: self.directory.save(model, name),
                watchers=(self.directory, watcher),
                state=State(),
            ).run()

    def set_up(self, model: Model, optimizer: Any) -> tuple[Callable[..., Any], Any]:
        """Fabric's wrappers where they do something: they cost time at every step."""
        if self.wishes.precision == "32-true":
            return model, optimizer
        wrapped: nn.Module = self.fabric.setup_module(model)
        return wrapped, self.fabric.setup_optimizers(optimizer)

    def batches(self) -> Iterator[Batch]:
        if self.data is not None:
            split = place(self.data.splits["train"], self.fabric.device)
            yield from training_batches(split, self.plan.batch, self.plan.seed, self.fabric.device)
        while True:
            yield {"batch": self.plan.batch}

    def test_batches(self, split: Split | None, limit: int | None = None) -> Iterable[Batch]:
        if split is None:
            return [{"batch": limit or DRAWS}]
        return ordered_batches(split, max(self.plan.batch, EVALUATION_BATCH), self.fabric.device, limit)

    def evaluate(self, model: Model, block: Evaluate) -> dict[str, float]:
        """Means, where the block has other data than training, and its measures."""
        data = self.evaluations[block.name]
        split = place(data.splits["test"], self.fabric.device) if data else None
        values: dict[str, float] = {}
        if block.data is not None or not block.report:
            values = means(model, self.test_batches(split, block.examples))
        if block.report:
            values |= report(model, self.test_batches(split, block.examples), block.report)
        self.directory.record("block", State(step=self.plan.clock.total), name=block.name, values=values)
        return values

    def settings(self, dims: dict[str, int]) -> dict[str, Any]:
        program, train, clock = self.compiled.program, self.compiled.program.train, self.plan.clock
        assert train is not None
        return {
            "program": program.name,
            "variant": program.variant,
            "seed": self.plan.seed,
            "data": describe(train.data, program),
            "dims": dims,
            "batch": self.plan.batch,
            "steps": clock.total,
            "steps_per_epoch": clock.per_epoch,
            "optimizer": describe(train.optimizer, program),
            "ticks": train.ticks.model_dump(),
            "evaluate": clock.evaluate.model_dump() if clock.evaluate else None,
            "select": self.plan.select.model_dump(),
            "device": str(self.fabric.device),
            "precision": self.wishes.precision,
            "threads": torch.get_num_threads(),
            "machine": platform.platform(),
            "versions": {
                "python": platform.python_version(),
                "scgc": version("scg-compiler"),
                "torch": str(torch.__version__),
                "lightning-fabric": version("lightning-fabric"),
            },
        }


def _load(use: Use | None, compiled: Compiled, wishes: Wishes) -> Loaded | None:
    if use is None:
        return None
    spans = {i.name: compiled.places.of("", i.name) for i in compiled.program.inputs}
    return load(
        use,
        compiled.program,
        folder=wishes.data,
        base=wishes.base,
        allow_extern=wishes.allow_extern,
        spans=spans,
    )


def _check_reports(compiled: Compiled, evaluations: dict[str, Loaded | None]) -> None:
    """A measure of an optional input needs that input, and it is better told before the training."""
    inputs = {i.name for i in compiled.program.inputs}
    for block in compiled.program.evaluations:
        data = evaluations[block.name]
        fields = data.splits["test"] if data else {}
        for use in block.report:
            for operand in use.inputs.values():
                if operand in inputs and operand not in fields:
                    supplied = ", ".join(f"`{f}`" for f in fields) or "nothing"
                    span = compiled.places.of("", str(operand))
                    fault = InputWithoutData(
                        span=span, data=f"evaluate {block.name}", name=str(operand), supplied=supplied
                    )
                    raise ProgramError((fault,))


def _silent() -> Console:
    return Console(quiet=True)


__all__ = ["Compiled", "Result", "run"]
