"""Level 4: two stochastic nodes on one path, the second a function of the first.
Thesis figure 2.2 (4). Here: a point is sorted, its bin is sorted again, and the label read from
the second.

Written by scgc from level4.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Categorical, Linear, Model, dropres, gumbel_softmax, linear

bins = 4


class Sort(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2, 32)
        self.linear2 = Linear(32, 16)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear1(x).tanh()
        return self.linear2(x)


class Turn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(16, 16)
        self.linear2 = Linear(16, 16)

    def forward(self, h: Tensor) -> Tensor:
        h = self.linear1(h).tanh()
        return self.linear2(h)


class Level4(Model):
    """Level 4: two stochastic nodes on one path, the second a function of the first.
    Thesis figure 2.2 (4). Here: a point is sorted, its bin is sorted again, and the label read
    from the second.
    """

    program = "level4"
    inputs: ClassVar[dict[str, str]] = {"x": "real[2]", "label": "class(bins)"}
    fields: ClassVar[dict[str, str]] = {
        "u": "u",
        "first": "first",
        "v": "v",
        "second": "second",
        "logits": "logits",
        "error": "error",
        "accuracy": "accuracy",
    }
    losses = ("error",)
    metrics = ("accuracy",)
    schedules = ("tau", "beta", "alpha")
    nodes = ("first", "second")

    class Output(NamedTuple):
        u: Tensor
        first: Tensor
        v: Tensor
        second: Tensor
        logits: Tensor
        error: Tensor | None
        accuracy: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.tau = 2.0
        self.register_buffer("beta", torch.zeros(()))
        self.register_buffer("alpha", torch.zeros(()))
        self.codes = nn.Parameter(torch.empty(bins, 16))
        self.sort = Sort()
        self.turn = Turn()
        self.reset_parameters()
        self.advance()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.uniform_(self.codes, -1 / math.sqrt(16), 1 / math.sqrt(16))

    def advance(
        self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0
    ) -> None:
        """Set the schedules: clock `t` in ticks, step, epoch, progress from 0 to 1."""
        # schedule beta = tau * (1 - exp(-0.002 * t))
        self.beta.fill_(self.tau * (1 - math.exp(-0.002 * t)))
        # schedule alpha = min(1, 0.0005 * t)
        self.alpha.fill_(min(1, 0.0005 * t))

    def forward(self, x: Tensor, label: Tensor | None = None) -> Output:
        u = self.sort(x)
        # first ~ Categorical(logits = codes @ u) via gumbel_softmax(tau, scale = beta)
        first = gumbel_softmax(
            Categorical(logits=linear(u, self.codes)), tau=self.tau, scale=self.beta, mode=self.mode
        )
        h = dropres(u, drop=self.alpha, training=self.training) + first @ self.codes
        v = self.turn(h)
        # second ~ Categorical(logits = codes @ v) via gumbel_softmax(tau, scale = beta)
        second = gumbel_softmax(
            Categorical(logits=linear(v, self.codes)), tau=self.tau, scale=self.beta, mode=self.mode
        )
        h2 = dropres(v, drop=self.alpha, training=self.training) + second @ self.codes
        logits = linear(h2, self.codes)
        error = accuracy = loss = None
        if label is not None:
            error = F.cross_entropy(logits, label, reduction="none")
            accuracy = logits.argmax(-1) == label
            loss = error.mean()
        return self.Output(u, first, v, second, logits, error, accuracy, loss)
