"""Add three handwritten digits while seeing only their sum: one stochastic node stands above
another.
Thesis 2.1.1, figure 2.3.

Written by scgc from mnist_addition3.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Categorical, Linear, Model, dropres, gumbel_softmax, linear, max_pool2d

D = 84
K = 28


class Encode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.linear1 = Linear(256, 120)
        self.linear2 = Linear(120, D)
        self.linear3 = Linear(D, D)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(max_pool2d(self.conv1(x), 2))
        x = F.relu(max_pool2d(self.conv2(x), 2)).flatten(-3)
        x = F.relu(self.linear1(x))
        x = F.relu(self.linear2(x))
        return self.linear3(x)


class Add(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2 * D, 2 * D)
        self.linear2 = Linear(2 * D, D)

    def forward(self, u: Tensor, v: Tensor) -> Tensor:
        h = F.relu(self.linear1(torch.cat([u, v], -1)))
        return F.relu(self.linear2(h))


class MnistAddition3(Model):
    """Add three handwritten digits while seeing only their sum: one stochastic node stands above
    another.
    Thesis 2.1.1, figure 2.3.
    """

    program = "mnist_addition3"
    inputs: ClassVar[dict[str, str]] = {
        "a": "real[1, 28, 28]",
        "b": "real[1, 28, 28]",
        "c": "real[1, 28, 28]",
        "total": "class(K)",
        "digit_a": "class(10)",
        "digit_b": "class(10)",
        "digit_c": "class(10)",
        "sum_ab": "class(K)",
    }
    fields: ClassVar[dict[str, str]] = {
        "first": "first",
        "first.z": "first_z",
        "second": "second",
        "second.z": "second_z",
        "third": "third",
        "third.z": "third_z",
        "pair": "pair",
        "pair.z": "pair_z",
        "logits": "logits",
        "sum_error": "sum_error",
        "accuracy": "accuracy",
    }
    losses = ("sum_error",)
    metrics = ("accuracy",)
    schedules = ("tau", "beta", "alpha")
    nodes = ("first.z", "second.z", "third.z", "pair.z")

    class Output(NamedTuple):
        first: Tensor
        first_z: Tensor
        second: Tensor
        second_z: Tensor
        third: Tensor
        third_z: Tensor
        pair: Tensor
        pair_z: Tensor
        logits: Tensor
        sum_error: Tensor | None
        accuracy: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.tau = 8.0
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
        # schedule alpha = min(1, 0.002 * t)
        self.alpha.fill_(min(1, 0.002 * t))

    def snap(self, u: Tensor, calls: int) -> tuple[Tensor, Tensor]:
        """A state becomes a number and a state again."""
        # z ~ Categorical(logits = C @ u) via gumbel_softmax(tau, scale = beta)
        z = gumbel_softmax(
            Categorical(logits=linear(u, self.C)), tau=self.tau, scale=self.beta, mode=self.mode
        )
        h = dropres(u, drop=self.alpha, calls=calls, training=self.training)
        return h + z @ self.C, z

    def forward(
        self,
        a: Tensor,
        b: Tensor,
        c: Tensor,
        total: Tensor | None = None,
        digit_a: Tensor | None = None,
        digit_b: Tensor | None = None,
        digit_c: Tensor | None = None,
        sum_ab: Tensor | None = None,
    ) -> Output:
        together = self.encode(torch.cat([a, b, c]))
        together2, together2_z = self.snap(together, calls=3)
        first, second, third = together2.chunk(3)
        first_z, second_z, third_z = together2_z.chunk(3)
        pair, pair_z = self.snap(self.add(first, second), calls=1)
        logits = linear(self.add(pair, third), self.C)
        sum_error = accuracy = loss = None
        if total is not None:
            sum_error = F.cross_entropy(logits, total, reduction="none")
            accuracy = logits.argmax(-1) == total
            loss = sum_error.mean()
        return self.Output(
            first,
            first_z,
            second,
            second_z,
            third,
            third_z,
            pair,
            pair_z,
            logits,
            sum_error,
            accuracy,
            loss,
        )
