"""One model trained by several processes (`--devices`): each takes its part of every batch, and all follow
the same gradient, the mean over the whole batch.

All processes begin with the same parameters and do the same updates, so that they stay the same; the first
one alone writes. Everything that a step shares goes in one message: loss and metrics, gradients, the costs
that baselines remember, how often each category was drawn, and whether anyone was asked to stop.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.running import PartsDiffer, ProcessLost, TooFewExamples
from scgc.estimators import estimators
from scgc.ir.graph import Apply, Net, Program, Sample, Statement, bodies
from scgc.ops import operators
from scgc.train.batches import Batch
from scgc.train.device import Machine
from scgc.train.evaluation import batch_size, field_of
from scgc.train.plan import Plan

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from scgc.train.loop import Loop
    from scgc.train.players import Player


class Left(Exception):
    """The first process has ended."""


class Crew:
    """The processes of a run, as one of them sees it.

    drawn: of the latest batch, by node how often all of them drew each category. stopping: whether anyone
    was asked to stop.
    """

    def __init__(self, fabric: Fabric, seed: int) -> None:
        self.fabric, self.seed = fabric, seed
        self.rank, self.size = fabric.global_rank, fabric.world_size
        self.drawn: dict[str, Tensor] = {}
        self.stopping = False

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def part(self, batch: Batch) -> tuple[Batch, float]:
        """The own part of a batch, and its share of the whole."""
        count = batch_size(batch)
        start, end = (count * rank // self.size for rank in (self.rank, self.rank + 1))
        own = {n: v[start:end] if isinstance(v, Tensor) else end - start for n, v in batch.items()}
        return own, (end - start) / count

    def turn(self, loop: Loop, players: tuple[Player, ...], batch: Batch) -> Any:
        """A move of players; gives the model's output on the own part, with the losses and metrics of all."""
        self.draw_for(loop.state.step, loop.turns.index(players))
        own, share = self.part(batch)
        out = loop.forward(**own)
        found = [player.gradients(out, last=player is players[-1]) for player in players]
        shown = self.shown(loop, out)
        remembered = [b for n, b in loop.model.named_buffers() if n not in loop.model.schedules]
        drawn = loop.usage.counted(loop.usage.draws(out)) if loop.usage is not None else {}
        stop = torch.full_like(out.loss.detach(), float(loop.stop.asked is not None))
        means = [*shown.values(), *remembered, *(g for gradients in found for g in gradients)]
        given = [stop, *drawn.values(), *(None if m is None else share * m.float() for m in means)]
        summed = self.summed(given)
        self.stopping = bool(_next(summed) > 0)
        self.drawn = {name: _next(summed) for name in drawn}
        out = out._replace(**{name: _next(summed) for name in shown})
        for buffer in remembered:
            buffer.copy_(_next(summed))
        for player, gradients in zip(players, found, strict=True):
            player.move([next(summed) for _ in gradients])
        return out

    def shown(self, loop: Loop, out: Any) -> dict[str, Tensor]:
        """The means of losses and metrics over the own part, by the output's fields."""
        fields = ["loss", *(field_of(loop.model, n) for n in (*loop.model.losses, *loop.model.metrics))]
        values = {name: getattr(out, name) for name in fields}
        return {n: v.detach().float().mean() for n, v in values.items() if v is not None}

    def summed(self, tensors: Sequence[Tensor | None]) -> Iterator[Tensor | None]:
        """Over all processes; None stays None."""
        held = [t for t in tensors if t is not None]
        with meeting(self.leads):
            found = self.fabric.all_reduce(torch.cat([t.reshape(-1).float() for t in held]), reduce_op="sum")
        assert isinstance(found, Tensor)
        parts = iter(torch.split(found, [t.numel() for t in held]))
        return (None if t is None else next(parts).view(t.shape).to(t.dtype) for t in tensors)

    def draw_for(self, step: int, turn: int) -> None:
        """Random numbers of this process's own for a move, the same whenever it is made."""
        words = np.random.SeedSequence((self.seed, step, turn, self.rank)).generate_state(2)
        torch.manual_seed(int(words[0]) << 31 | int(words[1]) >> 1)


def _next(tensors: Iterator[Tensor | None]) -> Tensor:
    found = next(tensors)
    assert found is not None
    return found


# ---- the processes other than the first


def leading(devices: int) -> bool:
    """Whether this process is the first of a run, as torchrun and Fabric number those that they start."""
    return devices == 1 or int(os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0"))) == 0


@contextmanager
def telling_once(devices: int) -> Iterator[None]:
    """Mistakes that all processes find are told by the first alone; the others end, as they do with it."""
    try:
        yield
    except ProgramError:
        if not leading(devices):
            sys.exit(0)
        raise
    except Left:
        sys.exit(0)


@contextmanager
def meeting(leads: bool) -> Iterator[None]:
    """Around what needs all processes. Raises ProgramError (SCG537) in the first one where another has ended,
    and Left in the others."""
    try:
        yield
    except RuntimeError as error:  # which is all that PyTorch's backends say
        if not leads:
            raise Left from None
        problem = re.sub(r"^\[.*?\] ", "", str(error)).split(". ")[0]  # without their file and line
        raise ProgramError((ProcessLost(span=None, problem=problem),)) from None


def agreed(machine: Machine, ready: bool) -> bool:
    """Whether the first process is ready to train; the others wait for it."""
    if (fabric := machine.fabric) is None:
        return ready
    with meeting(fabric.global_rank == 0):
        return bool(fabric.broadcast(ready))


# ---- what cannot be divided


def verify_parts(program: Program, plan: Plan, examples: int | None, size: int) -> None:
    """Raises ProgramError (SCG535) where the parts of a batch give something else than the whole, (SCG536)
    where a batch has fewer examples than there are processes."""
    found = next(_undivided(program), None)
    if found is not None:
        raise ProgramError((PartsDiffer(span=None, what=found),))
    last = plan.batch if examples is None else examples % plan.batch or plan.batch
    if last < size:
        raise ProgramError((TooFewExamples(span=None, examples=last, devices=size),))


def _undivided(program: Program) -> Iterator[str]:
    for statement in _statements(program.body, program.nets):
        if isinstance(statement, Apply) and any(o.across for o in operators().get(statement.function, ())):
            yield f"`{statement.function}`"
        if isinstance(statement, Sample) and estimators()[statement.estimator.name].module:
            yield f"`{statement.estimator.name}`"


def _statements(body: Sequence[Statement], nets: Sequence[Net] = ()) -> Iterator[Statement]:
    """All of them, those inside of loops, choices and nets too."""
    for statement in body:
        yield statement
        yield from _statements(bodies(statement))
    for net in nets:
        yield from _statements(net.body, net.nets)
