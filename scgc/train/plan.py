"""What a run will do: the train block with the command line's wishes, every number settled. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from scgc.data.options import plain
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.data import NothingToRun
from scgc.ir.dims import Dim
from scgc.ir.graph import Operand, Player, Program, Rate, Select, Train, Use
from scgc.train.clock import Clock

FULL = "32-true"
"""The precision of a run that asks for no other."""
PRECISIONS = {"fp32": FULL, "bf16": "bf16-mixed"}
"""As the command line knows them, and as a run's settings do."""

CLOCKS = ("step", "epoch", "progress")
"""What a schedule may depend on besides t; then it changes at every step."""


@dataclass(frozen=True)
class Wishes:
    """What the command line may say about a run.

    threads: of PyTorch on the processor; None leaves them as they are. With another number sums are added up
    in another order, so that the same seed gives the same numbers only with the same threads.
    precision: `32-true` or `bf16-mixed`. compile: the whole training step as one function.
    devices: how many processes train the model, each on a device of its own.
    data: where official files lie. base: the folder of the program's file. out: the run directory; None for a
    new one below `runs/`.
    """

    seed: int = 0
    steps: int | None = None
    epochs: int | None = None
    device: str = "auto"
    precision: str = FULL
    threads: int | None = None
    data: Path | None = None
    base: Path = Path(".")
    out: Path | None = None
    allow_extern: bool = False
    compile: bool = False
    devices: int = 1


@dataclass(frozen=True)
class Trainer:
    """How a player moves: `optimizer` with its options, `times` in a step.

    schedule: the number of the program's schedule that is the learning rate.
    """

    optimizer: str
    options: dict[str, Any]
    times: int = 1
    schedule: int | None = None


@dataclass(frozen=True)
class Plan:
    """A run's settings. `restless` schedules change at every step, not only when t does.

    trainers: one for each player. In a step all move: each in its turn on batches of its own, or `together`
    on one batch. reducer: what lowers the learning rate of a single player.
    """

    clock: Clock
    batch: int
    trainers: tuple[Trainer, ...]
    select: Select
    seed: int = 0
    restless: bool = False
    together: bool = False
    reducer: tuple[str, dict[str, Any]] | None = None

    @property
    def batches(self) -> int:
        """How many a step takes."""
        return batches_of(self.together, [t.times for t in self.trainers])


def batches_of(together: bool, times: Sequence[int]) -> int:
    """How many batches players take in a step."""
    return 1 if together else sum(times)


def train_block(program: Program) -> Train:
    """The program's train block. Raises ProgramError (SCG510) where nothing can be trained."""
    if program.train is None:
        advice = "add one, such as `train { steps = 1000  optimizer = adam(lr = 1e-3) }`."
        _fail(NothingToRun(span=None, action="trained", missing="train block", advice=advice))
    if not program.losses:
        advice = "a loss says what training makes small."
        _fail(NothingToRun(span=None, action="trained", missing="loss", advice=advice))
    if program.train.data is None and any(not i.optional for i in program.inputs):
        advice = "name some in the train block; `scgc list data` shows what there is."
        _fail(NothingToRun(span=None, action="trained", missing="data for its inputs", advice=advice))
    return program.train


def make_plan(program: Program, wishes: Wishes, examples: int | None) -> Plan:
    """The settled plan; `examples` is the number of training examples. Raises ProgramError (SCG510)."""
    train = train_block(program)
    batches = batches_of(train.together, [p.times for p in train.players])
    per_epoch = None if examples is None else -(-examples // (train.batch * batches))
    total, evaluate = _steps(train, wishes, per_epoch), _evaluations(train)
    clock = Clock(total, per_epoch, train.ticks, evaluate, train.checkpoint)
    dims = program.dim_values()
    lowered = train.reduce_lr
    return Plan(
        clock=clock,
        batch=train.batch,
        trainers=tuple(_trainer(p, program) for p in train.players),
        select=train.select,
        seed=wishes.seed,
        restless=any(_reads_clock(program, name) for name in CLOCKS),
        together=train.together,
        reducer=None if lowered is None else (lowered.name, _plain(lowered, dims)),
    )


def _trainer(player: Player, program: Program) -> Trainer:
    use = player.optimizer
    numbers = {name: value for name, value in use.inputs.items() if not isinstance(value, str)}
    schedules: list[Operand] = [s.name for s in program.schedules]
    rate = use.inputs.get("lr")
    return Trainer(
        optimizer=use.name,
        options=numbers | _plain(use, program.dim_values()),
        times=player.times,
        schedule=schedules.index(rate) if isinstance(rate, str) else None,
    )


def _plain(use: Use, dims: Mapping[str, Dim]) -> dict[str, Any]:
    return {name: plain(option, dims) for name, option in use.options.items()}


def _steps(train: Train, wishes: Wishes, per_epoch: int | None) -> int:
    steps, epochs = wishes.steps, wishes.epochs
    if steps is None and epochs is None:
        steps, epochs = train.steps, train.epochs
    if steps is not None:
        return steps
    if per_epoch is None:
        advice = "without data a run is counted in `steps`."
        _fail(NothingToRun(span=None, action="trained for epochs", missing="data", advice=advice))
    return (epochs or 1) * per_epoch


def _evaluations(train: Train) -> Rate | None:
    if train.evaluate is None and train.select.rule == "best" and train.data is not None:
        return Rate(count=1, per="epoch")
    return train.evaluate


def _reads_clock(program: Program, name: str) -> bool:
    operands = [s.result for s in program.schedules]
    for schedule in program.schedules:
        for statement in schedule.body:
            for value in statement.inputs.values():
                operands += value if isinstance(value, tuple) else [] if value is None else [value]
    return name in operands


def describe(use: Use | None, program: Program) -> str | None:
    """`adam(lr = 0.001)`, for the settings file."""
    if use is None:
        return None
    dims = program.dim_values()
    given = ", ".join(f"{n} = {value}" for n, value in (use.inputs | _plain(use, dims)).items())
    return f"{use.name}({given})"


def _fail(diagnostic: Diagnostic) -> NoReturn:
    raise ProgramError((diagnostic,))
