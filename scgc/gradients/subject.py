"""A program on a batch of its training data, with parameters and schedules at one moment of its training; and
gradients of its loss there under other estimators."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution

from scgc.data.columns import examples
from scgc.emit import emit
from scgc.ir.dims import Dim
from scgc.pipeline import Compilation
from scgc.runtime import Model, MovingAverage, Seen, observing
from scgc.runtime.net import Learned
from scgc.train.batches import Batch, training_batches
from scgc.train.compiled import Compiled
from scgc.train.plan import Plan, Wishes, make_plan, train_block
from scgc.train.runs import load_run, make_model, no_run

CPU = torch.device("cpu")
RATE = 0.01
"""At which estimators learn while they warm up."""
COORDINATES = 2**16
"""Of more parameters than so many, so many are looked at, drawn once."""


@dataclass(frozen=True)
class Subject:
    """dims: those that only the data knows. state: the parameters. step: where the schedules stand."""

    compilation: Compilation
    plan: Plan
    dims: dict[str, int]
    batch: Batch
    state: dict[str, Tensor]
    step: int

    @classmethod
    def of(
        cls, compilation: Compilation, wishes: Wishes, run: Path | None = None, step: int | None = None
    ) -> Subject:
        """Of a program as the seed initialises it and schedules begin, or as a run left it.

        Raises ProgramError (SCG5xx) for what is wrong with the data or the run.
        """
        compiled = Compiled.of(compilation)
        program = compiled.program
        loaded = compiled.load(train_block(program).data, wishes)
        split = loaded.splits["train"] if loaded else None
        plan = make_plan(program, wishes, examples(split) if split else None)
        dims = compiled.data_dims(loaded)
        batch = (
            next(training_batches(split, plan.batch, wishes.seed, CPU)) if split else {"batch": plan.batch}
        )
        torch.manual_seed(wishes.seed)
        state = make_model(compiled.module, program.name, dims).state_dict()
        if run is not None:
            state = _trained(run, state)
            step = _last(run, plan) if step is None else step
        return cls(compilation, plan, dims, batch, state, step or 0)

    @property
    def known(self) -> dict[str, Dim]:
        """All dims by name."""
        return self.compilation.program.dim_values() | {n: Dim.of(v) for n, v in self.dims.items()}

    @property
    def examples(self) -> int:
        """In the batch."""
        size = self.batch.get("batch")
        return int(size) if size is not None else len(next(iter(self.batch.values())))

    def model(self, compilation: Compilation, observed: bool = False) -> Model:
        """In training, with the parameters and schedules of the subject."""
        program = compilation.program
        text = emit(program, compilation.places, observed=True) if observed else compilation.python
        torch.manual_seed(self.plan.seed)  # for what an estimator learns itself
        model = make_model(text, program.name, self.dims)
        model.load_state_dict(self.state, strict=False)
        clock, step = self.plan.clock, self.step
        model.advance(t=clock.t(step), step=step, epoch=clock.epoch(step), progress=clock.progress(step))
        return model.train()

    def watch(self, compilation: Compilation, one: bool = False) -> tuple[Model, Any, list[Seen]]:
        """The model, its output and what its nodes drew; of the whole batch, or of one example."""
        model = self.model(compilation, observed=True)
        batch = {n: 1 if n == "batch" else v[:1] for n, v in self.batch.items()} if one else self.batch
        with observing() as seen:
            out = model(**batch)
        return model, out, seen

    def above(self, name: str) -> list[str]:
        """The parameters that the distribution of a node depends on; all of them where it is never there."""
        model, _, seen = self.watch(self.compilation)
        owned = {n: p for n, p in model.named_parameters() if n in self.state}
        parts = [t for s in seen if s.node == name for t in tensors(s.q) if t.requires_grad]
        if not parts:
            return [] if any(s.node == name for s in seen) else list(owned)
        total = torch.stack([part.sum() for part in parts]).sum()
        found = torch.autograd.grad(total, list(owned.values()), allow_unused=True)
        return [n for n, g in zip(owned, found, strict=True) if g is not None]


class Gradient:
    """Gradients of the loss on the subject's batch with respect to some parameters, as vectors."""

    def __init__(self, subject: Subject, compilation: Compilation, names: list[str]) -> None:
        self.model = subject.model(compilation)
        self.batch = subject.batch
        owned = dict(self.model.named_parameters())
        self.parameters = [owned[name] for name in names]
        self.players = range(len(self.model.players) or 1)
        count = sum(p.numel() for p in self.parameters)
        chosen = torch.randperm(count, generator=torch.Generator().manual_seed(0))[:COORDINATES]
        self.chosen = chosen if count > COORDINATES else None

    @property
    def learns(self) -> bool:
        """Whether the estimators have something of their own that training changes."""
        return any(isinstance(m, Learned | MovingAverage) for m in self.model.modules())

    def warm_up(self, steps: int) -> None:
        """Train what the estimators learn themselves, by Adam at `RATE`, and fill their moving averages; the
        program's parameters stay as they are."""
        own = [p for m in self.model.modules() if isinstance(m, Learned) for p in m.parameters()]
        optimizer = torch.optim.Adam(own, lr=RATE) if own else None
        for _ in range(steps):
            loss = self.model(**self.batch).loss
            if optimizer is not None:
                for parameter, gradient in zip(own, torch.autograd.grad(loss, own), strict=True):
                    parameter.grad = gradient
                optimizer.step()

    def __call__(self) -> Tensor:
        """One draw of it, [parameters]."""
        out = self.model(**self.batch)
        found: dict[Tensor, Tensor | None] = {}
        for player in self.players:
            loss = out.losses[player] if self.model.players else out.loss
            trained = set(self.model.trained_by(player))
            own = [p for p in self.parameters if p in trained]
            gradients = torch.autograd.grad(loss, own, allow_unused=True, retain_graph=True) if own else ()
            found |= zip(own, gradients, strict=True)
        flat = [(torch.zeros_like(p) if (g := found[p]) is None else g).reshape(-1) for p in self.parameters]
        whole = torch.cat(flat)
        return whole if self.chosen is None else whole[self.chosen]


def tensors(q: Distribution) -> list[Tensor]:
    """What a distribution is made of."""
    return [value for value in vars(q).values() if isinstance(value, Tensor)]


def _trained(run: Path, fresh: dict[str, Tensor]) -> dict[str, Tensor]:
    """The parameters of a run, which must be those of the program."""
    state = load_run(run).state_dict()
    for name, tensor in fresh.items():
        if name not in state or state[name].shape != tensor.shape:
            raise no_run(run, f"it has no parameter `{name}` of this program's shape")
    return {name: state[name] for name in fresh}


def _last(run: Path, plan: Plan) -> int:
    """The step of a run's result; where it is not finished the end of the plan."""
    try:
        return int(json.loads((run / "result.json").read_text(encoding="utf-8"))["step"])
    except (OSError, ValueError, KeyError):
        return plan.clock.total
