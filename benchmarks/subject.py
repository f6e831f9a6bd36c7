"""What is measured: a shipped program, its training plan, and made-up data of its inputs' types.

Made-up data, so that a benchmark needs no downloads; how long a step takes does not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from handwritten import ByHand, by_hand
from torch import Tensor

from scgc.data import data_sets
from scgc.data.columns import Split, columns
from scgc.ir.dims import Dim
from scgc.ir.graph import Program
from scgc.ir.types import TensorType
from scgc.pipeline import Compilation
from scgc.runtime import Model
from scgc.train.batches import Batch, training_batches
from scgc.train.compiled import Compiled
from scgc.train.plan import Plan, Wishes, make_plan, train_block
from scgc.train.runs import make_model

EXAMPLES = 4096
GENERATED = {"vsgae": {"data.limit": "4096"}}
"""Programs whose data must hang together: it is what the package generates, with these settings."""
DEVICE = torch.device("cpu")


@dataclass(frozen=True)
class Subject:
    """A program and the hand-written model of it. `measure` is the one that its times are compared with:
    for a variant the program's without it."""

    compiled: Compiled
    plan: Plan
    data: Split
    hand: ByHand
    measure: ByHand

    @classmethod
    def of(cls, name: str, variant: str | None = None, passes: bool = True) -> Subject:
        """Of a shipped program, or a variant of it, that has a hand-written model; `passes` or not."""
        compilation = Compilation.of(name, variant, overrides=GENERATED.get(name))
        compilation.passes = passes
        compiled = Compiled.of(compilation)
        plan = make_plan(compiled.program, Wishes(), EXAMPLES)
        hand = by_hand(name, variant)
        loaded = compiled.load(train_block(compiled.program).data, Wishes()) if name in GENERATED else None
        data = loaded.splits["train"] if loaded else made_up(compiled.program, hand)
        return cls(compiled, plan, data, hand, by_hand(name))

    @property
    def half(self) -> int:
        """The step in the middle of the training, where noise and shortcuts are half grown."""
        return self.plan.clock.total // 2

    def model(self, step: int) -> Model:
        """The compiled model in training, its schedules as they are at a step."""
        torch.manual_seed(0)
        model = make_model(self.compiled.module, self.compiled.program.name, self.hand.dims).train()
        clock = self.plan.clock
        model.advance(t=clock.t(step), step=step, epoch=clock.epoch(step), progress=clock.progress(step))
        return model

    def batches(self) -> Iterator[Batch]:
        """Training batches without end."""
        return training_batches(self.data, self.plan.batch, 0, DEVICE)


def made_up(program: Program, hand: ByHand) -> Split:
    """Random examples with every input of a program that its training data has, all of the same lengths."""
    random = torch.Generator().manual_seed(0)
    given = {name: Dim.of(n) for name, n in (hand.dims | hand.sizes).items()}
    dims = program.dim_values() | given
    data = program.train.data if program.train else None
    left_out = data_sets()[data.name].test_only if data else ()
    inputs = [i for i in program.inputs if i.name not in left_out]
    tensors = {i.name: column(i.type.substitute(dims), random) for i in inputs}
    lengths = {name: torch.full((EXAMPLES,), n) for name, n in hand.sizes.items()}
    return columns(tensors | lengths)


def column(type_: TensorType, random: torch.Generator) -> Tensor:
    """Numbers in 0..1 for real inputs, truth values, classes."""
    shape = (EXAMPLES, *map(number, type_.shape))
    if type_.kind == "real":
        return torch.rand(shape, generator=random)
    if type_.kind == "bool":
        return torch.rand(shape, generator=random) < 0.3
    assert type_.size is not None
    return torch.randint(0, number(type_.size), shape, generator=random)


def number(dim: Dim) -> int:
    assert dim.value is not None
    return dim.value
