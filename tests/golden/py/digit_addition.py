"""Add two small handwritten digits while seeing only their sum.
The quickstart: the method of mnist_addition on the 8x8 digits that ship with scikit-learn.

Written by scgc from digit_addition.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Categorical, Linear, Model, dropres, gumbel_softmax, linear

D = 32
K = 19


class Encode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(64, 128)
        self.linear2 = Linear(128, D)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.linear1(x.flatten(-3)))
        return self.linear2(x)


class Add(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2 * D, 2 * D)
        self.linear2 = Linear(2 * D, D)

    def forward(self, u: Tensor, v: Tensor) -> Tensor:
        h = F.relu(self.linear1(torch.cat([u, v], -1)))
        return F.relu(self.linear2(h))


class DigitAddition(Model):
    """Add two small handwritten digits while seeing only their sum.
    The quickstart: the method of mnist_addition on the 8x8 digits that ship with scikit-learn.
    """

    program = "digit_addition"
    inputs: ClassVar[dict[str, str]] = {
        "a": "real[1, 8, 8]",
        "b": "real[1, 8, 8]",
        "total": "class(K)",
        "digit_a": "class(10)",
        "digit_b": "class(10)",
    }
    fields: ClassVar[dict[str, str]] = {
        "left": "left",
        "left.z": "left_z",
        "right": "right",
        "right.z": "right_z",
        "logits": "logits",
        "sum_error": "sum_error",
        "accuracy": "accuracy",
    }
    losses = ("sum_error",)
    metrics = ("accuracy",)
    schedules = ("tau", "beta", "alpha")
    nodes = ("left.z", "right.z")

    class Output(NamedTuple):
        left: Tensor
        left_z: Tensor
        right: Tensor
        right_z: Tensor
        logits: Tensor
        sum_error: Tensor | None
        accuracy: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.tau = 4.0
        self.register_buffer("beta", torch.zeros(()))
        self.register_buffer("alpha", torch.zeros(()))
        self.C = nn.Parameter(torch.empty(K, D))
        self.encode = Encode()
        self.add = Add()
        self.reset_parameters()
        self.advance()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.normal_(self.C, 0, 1)

    def advance(
        self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0
    ) -> None:
        """Set the schedules: clock `t` in ticks, step, epoch, progress from 0 to 1."""
        # schedule beta = tau * (1 - exp(-0.008 * t))
        self.beta.fill_(self.tau * (1 - math.exp(-0.008 * t)))
        # schedule alpha = min(1, 0.005 * t)
        self.alpha.fill_(min(1, 0.005 * t))

    def digit(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """A discrete-continuous component: image -> category -> embedding."""
        u = self.encode(x)
        # z ~ Categorical(logits = C @ u) via gumbel_softmax(tau, scale = beta)
        z = gumbel_softmax(
            Categorical(logits=linear(u, self.C)), tau=self.tau, scale=self.beta, mode=self.mode
        )
        return dropres(u, drop=self.alpha, calls=2, training=self.training) + z @ self.C, z

    def forward(
        self,
        a: Tensor,
        b: Tensor,
        total: Tensor | None = None,
        digit_a: Tensor | None = None,
        digit_b: Tensor | None = None,
    ) -> Output:
        both, both_z = self.digit(torch.cat([a, b]))
        left, right = both.chunk(2)
        left_z, right_z = both_z.chunk(2)
        logits = linear(self.add(left, right), self.C)
        sum_error = accuracy = loss = None
        if total is not None:
            sum_error = F.cross_entropy(logits, total, reduction="none")
            accuracy = logits.argmax(-1) == total
            loss = sum_error.mean()
        return self.Output(left, left_z, right, right_z, logits, sum_error, accuracy, loss)
