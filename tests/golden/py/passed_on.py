"""Nets that return what stands outside of them as it is.

Written by scgc from passed_on.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from scgc.runtime import Model


def outside(x: Tensor, doubled: Tensor) -> Tensor:
    return doubled


class PassedOn(Model):
    """Nets that return what stands outside of them as it is."""

    program = "passed_on"
    inputs: ClassVar[dict[str, str]] = {"x": "real[3]"}
    fields: ClassVar[dict[str, str]] = {"doubled": "doubled", "y": "y", "fit": "fit"}
    losses = ("fit",)
    schedules = ("s",)

    class Output(NamedTuple):
        doubled: Tensor
        y: Tensor
        fit: Tensor
        loss: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("s", torch.zeros(()))
        self.w = nn.Parameter(torch.empty(3))
        self.reset_parameters()
        self.advance()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.uniform_(self.w, -1 / math.sqrt(3), 1 / math.sqrt(3))

    def advance(
        self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0
    ) -> None:
        """Set the schedules: clock `t` in ticks, step, epoch, progress from 0 to 1."""
        # schedule s = 0.5 * t
        self.s.fill_(0.5 * t)

    def weights(self, x: Tensor) -> Tensor:
        return self.w

    def rate(self, x: Tensor) -> Tensor:
        return self.s

    def both(self, x: Tensor, doubled: Tensor) -> Tensor:
        return self.weights(x) * self.rate(x) + outside(x, doubled)

    def forward(self, x: Tensor) -> Output:
        doubled = 2 * self.w
        y = self.both(x, doubled) * x
        fit = y.sum(-1)
        loss = fit.mean()
        return self.Output(doubled, y, fit, loss)
