"""The players of a run: whose parameters follow which losses, by which optimiser, and in which turns.

A program without `minimize` has one, which trains everything. The gradient of a player is asked for with
respect to its own parameters alone, so that it cannot reach another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from scgc.runtime import Model
from scgc.train.optimizers import build
from scgc.train.plan import Plan
from scgc.train.rates import LearningRate
from scgc.train.updating import Gradients, Updating


class Player:
    """number: among several; the one that trains everything is 0. latest: the gradients that it followed."""

    def __init__(self, plan: Plan, model: Model, number: int) -> None:
        trainer = plan.trainers[number]
        self.number = number
        self.alone = len(plan.trainers) == 1
        self.parameters = [p for p in model.trained_by(number) if p.requires_grad]
        self.optimizer: Optimizer = build(trainer.optimizer, trainer.options, self.parameters)
        self.update = Updating(self.optimizer, self.parameters)
        self.rate = LearningRate(plan, model, self.optimizer, trainer.schedule)
        self.times = trainer.times
        self.latest: Gradients = ()

    def loss(self, out: Any) -> Tensor:
        """What it minimises, of a model's output."""
        loss: Tensor = out.loss if self.alone else out.losses[self.number]
        return loss

    def gradients(self, out: Any, last: bool = True) -> Gradients:
        """Of its loss; unless it is the `last` to ask, others can ask after it."""
        return torch.autograd.grad(self.loss(out), self.parameters, allow_unused=True, retain_graph=not last)

    def move(self, gradients: Gradients) -> None:
        """A step of its optimiser."""
        self.latest = gradients
        self.update(gradients)


def players_of(plan: Plan, model: Model) -> tuple[Player, ...]:
    """Those of a plan, on a model that stands where it is to be trained."""
    return tuple(Player(plan, model, number) for number in range(len(plan.trainers)))


def turns(plan: Plan, players: Sequence[Player]) -> tuple[tuple[Player, ...], ...]:
    """The players that move on each batch of a step."""
    if plan.together:
        return (tuple(players),)
    return tuple((player,) for player in players for _ in range(player.times))
