"""One run from a typed program and its generated module to a trained model in a run directory.

The order: data (checked before anything else), the model, training, the selected checkpoint, evaluations.
Data with a validation part is evaluated on that while training, and on the test data only at the end.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from typing import NoReturn

from rich.console import Console

from scgc.data.columns import Loaded, examples
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import NotFinite, NothingToRun
from scgc.diagnostics.running import CannotResume
from scgc.ir.graph import Evaluate
from scgc.runtime import Model
from scgc.train import process
from scgc.train.batches import Batch, place, training_batches
from scgc.train.checkpoints import Checkpoint, load_state
from scgc.train.compiled import Compiled
from scgc.train.crew import Crew, agreed, leading, telling_once, verify_parts
from scgc.train.device import Machine, placed
from scgc.train.keeping import Keeper, latest
from scgc.train.loop import Diverged, Loop, Watcher
from scgc.train.plan import Plan, Wishes, make_plan, train_block
from scgc.train.players import players_of
from scgc.train.probing import Alarms, Probe
from scgc.train.progress import watching
from scgc.train.randomness import seed_everything
from scgc.train.record import settings
from scgc.train.result import Result
from scgc.train.runs import RunDirectory, make_model
from scgc.train.scoring import Scoring
from scgc.train.snapshot import restore
from scgc.train.state import State
from scgc.train.stopping import Interrupted, Stop
from scgc.train.tracing import first_fault
from scgc.train.usage import Usage
from scgc.train.whole import WholeStep


def run(compiled: Compiled, wishes: Wishes, console: Console | None = None) -> Result:
    """Train and evaluate. Raises ProgramError (SCG5xx) for what is wrong with data, settings or machine, and
    Interrupted where Ctrl-C or SIGTERM ends it.

    console: where progress is shown; None for nowhere.
    """
    with telling_once(wishes.devices):
        return set_up(compiled, wishes).whole(console)


def set_up(compiled: Compiled, wishes: Wishes) -> Run:
    """A new run with its directory; of several processes the others train with it and end here."""
    program = compiled.program
    train = train_block(program)
    process.set_up(wishes)
    machine = Machine.of(wishes.device, wishes.precision, wishes.devices)
    data = compiled.load(train.data, wishes)
    evaluations = compiled.load_evaluations(data, wishes)
    count = examples(data.splits["train"]) if data else None
    plan = make_plan(program, wishes, count)
    if wishes.devices > 1:
        verify_parts(program, plan, count, wishes.devices)
    if not leading(wishes.devices):
        Run(compiled, wishes, plan, machine, None, data, evaluations).follow(agreed(machine, False))
    directory = None
    try:
        directory = RunDirectory.create(wishes.out, compiled.title)
    finally:
        agreed(machine, directory is not None)
    return Run(compiled, wishes, plan, machine, directory, data, evaluations)


@dataclass(frozen=True)
class Run:
    """A run with everything at hand. `evaluations` holds the data of each `evaluate` block; `checkpoint` is
    where it goes on, None for a new one. Of several processes only the first has a `place` to write to."""

    compiled: Compiled
    wishes: Wishes
    plan: Plan
    machine: Machine
    place: RunDirectory | None
    data: Loaded | None
    evaluations: dict[str, Loaded | None]
    checkpoint: Checkpoint | None = None

    @property
    def directory(self) -> RunDirectory:
        assert self.place is not None
        return self.place

    @property
    def done(self) -> int:
        """The steps before it goes on."""
        return int(self.checkpoint.facts["state"]["step"]) if self.checkpoint else 0

    @property
    def scoring(self) -> Scoring:
        return Scoring(self.compiled, self.plan, self.machine.device, self.data, self.evaluations)

    def whole(self, console: Console | None) -> Result:
        """Train, select, evaluate; the directory is closed behind it."""
        step: int | None = None
        try:
            with Stop() as stop:
                model = self.prepare()
                state = self.train(model, console or Console(quiet=True), stop)
                step = state.step
                return self.finish(model, state)
        except Interrupted as ended:
            at = step if ended.step is None else ended.step
            raise Interrupted(ended.number, at, self.directory.path) from None
        finally:
            self.directory.close()

    def follow(self, ready: bool) -> NoReturn:
        """What the other processes do: they train the same and write nothing."""
        if ready:
            with Stop() as stop, suppress(Diverged, Interrupted):
                loop = self.loop(self.initialised(), stop=stop)
                loop.crew = self.crew()
                loop.usage = Usage.of(self.compiled.program, loop.model)
                self.go_on(loop, self.checkpoint)
                loop.run()
        sys.exit(0)

    def finish(self, model: Model, state: State) -> Result:
        """Evaluate the selected checkpoint and write the result."""
        checkpoint = "last" if state.best_step is None else "best"
        load_state(model, self.directory.path / f"{checkpoint}.safetensors")
        program = self.compiled.program
        result = Result(
            program=program.name,
            variant=program.variant,
            seed=self.plan.seed,
            path=self.directory.path,
            checkpoint=checkpoint,
            step=state.step if state.best_step is None else state.best_step,
            steps=self.plan.clock.total,
            seconds=state.seconds,
            measured_on=self.scoring.measured_on,
            validation=state.selected if self.scoring.validated else {},
            test=self.test(model) if self.scoring.validated else state.selected,
            evaluations={block.name: self.evaluate(model, block) for block in program.evaluations},
        )
        self.directory.write("result.json", result.as_dict())
        return result

    def test(self, model: Model) -> dict[str, float]:
        """The means over the test data that decided nothing."""
        values = self.scoring.means(model, "test")
        self.directory.record("test", State(step=self.plan.clock.total), values=values)
        return values

    def evaluate(self, model: Model, block: Evaluate) -> dict[str, float]:
        """What an `evaluate` block asks for."""
        values = self.scoring.block(model, block)
        self.directory.record("block", State(step=self.plan.clock.total), name=block.name, values=values)
        return values

    def prepare(self) -> Model:
        """The files that say what is run, and the model, initialised from the seed."""
        dims = self.compiled.data_dims(self.data)
        if self.checkpoint is None:
            self.directory.write("program.scg", self.compiled.text)
            self.directory.write("program.json", json.dumps(self.compiled.stored()))
            self.directory.write("module.py", self.compiled.module)
        described = settings(self.compiled, self.plan, self.wishes, dims, self.machine.device)
        self.directory.write("settings.json", described)
        return self.initialised()

    def initialised(self) -> Model:
        """The model as the seed makes it."""
        seed_everything(self.plan.seed)
        dims = self.compiled.data_dims(self.data)
        name = self.compiled.program.name
        return placed(make_model(self.compiled.module, name, dims), self.machine.device)

    def train(self, model: Model, console: Console, stop: Stop) -> State:
        verify_trained(model)
        with watching(console, self.plan.clock) as watcher:
            loop = self.loop(model, (self.directory, watcher), stop)
            loop.crew = self.crew()
            if self.wishes.compile:
                loop.whole = self.whole_step(loop, lambda text: console.print(text, soft_wrap=True))
            self.equip(loop)
            try:
                return loop.run()
            except Diverged as found:
                end = found
        raise ProgramError((self.explained(end),))

    def equip(self, loop: Loop) -> None:
        """What a loop has that counts; then to where it was."""
        loop.keeper = Keeper(self.directory.path, self.plan.clock, self.directory.settle)
        loop.probe = Probe.of(self.compiled, self.plan, self.data, self.machine.device)
        loop.alarms = Alarms(self.compiled)
        loop.usage = Usage.of(self.compiled.program, loop.model)
        self.go_on(loop, self.checkpoint)

    def loop(self, model: Model, watchers: tuple[Watcher, ...] = (), stop: Stop | None = None) -> Loop:
        """A loop at its beginning, which writes no checkpoints."""
        held_out = self.scoring.held_out()
        return Loop(
            plan=self.plan,
            machine=self.machine,
            model=model,
            players=players_of(self.plan, model),
            batches=self.batches(),
            held_out=lambda: self.scoring.batches(held_out),
            watchers=watchers,
            state=State(),
            stop=stop or Stop(),
        )

    def crew(self) -> Crew | None:
        """The processes, where they are several."""
        fabric = self.machine.fabric
        return None if fabric is None else Crew(fabric, self.plan.seed)

    def whole_step(self, loop: Loop, tell: Callable[[str], None]) -> WholeStep:
        """The step as one compiled function."""
        settled = not self.wishes.allow_extern
        return WholeStep(loop.model, loop.turns, self.plan.batch, self.machine.low, settled, tell)

    def explained(self, end: Diverged) -> NotFinite:
        """Why a run diverged: what came after the latest checkpoint is done again, and looked at."""
        again = self.loop(self.initialised())
        try:
            self.go_on(again, latest(self.directory.path, lambda _: None))
            source = first_fault(again, end.step)
        except ProgramError:  # there is no checkpoint to begin at
            source = None
        return not_finite(end, source)

    def go_on(self, loop: Loop, checkpoint: Checkpoint | None) -> None:
        """To where the checkpoint was, if there is one."""
        if checkpoint is None:
            return
        try:
            restore(loop, checkpoint)
        except (ValueError, KeyError) as error:
            problem = f"its checkpoint does not fit: {error}"
            path, advice = str(self.directory.path), "restore what has changed, or begin a new run."
            fault = CannotResume(span=None, path=path, problem=problem, advice=advice)
            raise ProgramError((fault,)) from None

    def batches(self) -> Iterator[Batch]:
        if self.data is None:
            return repeat({"batch": self.plan.batch})
        split = place(self.data.splits["train"], self.machine.device)
        return training_batches(split, self.plan.batch, self.plan.seed, self.machine.device)


def verify_trained(model: Model) -> None:
    """Raises ProgramError (SCG510) where there is nothing to train."""
    if not any(p.requires_grad for p in model.parameters()):
        advice = "a `param`, or a layer in a `net`, is what training changes."
        fault = NothingToRun(span=None, action="trained", missing="parameter", advice=advice)
        raise ProgramError((fault,))


def not_finite(end: Diverged, source: str | None) -> NotFinite:
    """What is told of a run that diverged; source: what the first was, where that was found."""
    told = source or "it did not come again when the steps since then were done again"
    kept = "nothing was saved before"
    if end.saved is not None:
        kept = f"the checkpoint of step {end.saved} is kept"
    return NotFinite(span=None, what=end.what, step=end.step, source=told, checkpoint=kept)
