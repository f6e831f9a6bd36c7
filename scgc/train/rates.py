"""The learning rate of a run: a schedule of the program, or lowered as the training loss stops falling."""

from __future__ import annotations

from torch import Tensor
from torch.optim import Optimizer

from scgc.runtime import Model
from scgc.train.optimizers import build_reducer
from scgc.train.plan import Plan


class LearningRate:
    """Sets the learning rate of an optimiser; `schedule` is the number of the one that it follows.

    After `advance` of the model comes `follow`; after each step `took` with its loss (detached), which stays
    on the device until an epoch is over.
    """

    def __init__(self, plan: Plan, model: Model, optimizer: Optimizer, schedule: int | None = None) -> None:
        self.model = model
        self.optimizer = optimizer
        self.per_epoch = plan.clock.per_epoch
        # the schedules of the model stand in the order of the program's
        self.attribute = None if schedule is None else model.schedules[schedule]
        self.reducer = None if plan.reducer is None else build_reducer(*plan.reducer, optimizer)
        self.sum: Tensor | None = None

    def follow(self) -> None:
        """Take over the value of the schedule."""
        if self.attribute is not None:
            rate = float(getattr(self.model, self.attribute))
            for group in self.optimizer.param_groups:
                group["lr"] = rate

    def took(self, loss: Tensor, step: int) -> None:
        """Take in the loss of the step that is now the `step`-th."""
        if self.reducer is None or self.per_epoch is None:
            return
        self.sum = loss.clone() if self.sum is None else self.sum.add_(loss)
        if step % self.per_epoch == 0:
            self.reducer.step(float(self.sum) / self.per_epoch)
            self.sum = None

    @property
    def value(self) -> float:
        """The rate that the next step takes."""
        return float(self.optimizer.param_groups[0]["lr"])
