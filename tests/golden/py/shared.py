"""Score-function nodes that share their samples, one above another, and an enumerated node above
them.

Written by scgc from shared.scg.
"""

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from scgc.runtime import (
    Categorical,
    Linear,
    Model,
    cross_entropy,
    enumerate_support,
    linear,
    log_prob,
    marginal,
    score,
    scored,
)


class Shared(Model):
    """Score-function nodes that share their samples, one above another, and an enumerated node
    above them.
    """

    program = "shared"
    inputs: ClassVar[dict[str, str]] = {"x": "real[6]", "y": "class(4)"}
    fields: ClassVar[dict[str, str]] = {
        "first": "first",
        "first.z": "first_z",
        "second": "second",
        "second.z": "second_z",
        "third": "third",
        "third.a.z": "third_a_z",
        "third.%2.z": "third_call2_z",
        "e": "e",
        "below": "below",
        "above": "above",
    }
    losses = ("below", "above")
    nodes = ("first.z", "second.z", "third.a.z", "third.%2.z", "e")

    class Output(NamedTuple):
        first: Tensor
        first_z: Tensor
        second: Tensor
        second_z: Tensor
        third: Tensor
        third_a_z: Tensor
        third_call2_z: Tensor
        e: Tensor
        below: Tensor | None
        above: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.E = nn.Parameter(torch.empty(4, 6))
        self.linear = Linear(6, 6)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.normal_(self.E, 0, 1)

    def snap(self, u: Tensor, z_samples: int) -> tuple[Tensor, Distribution, Tensor]:
        q_z = Categorical(logits=linear(u, self.E))
        # z ~ Categorical(logits = E @ u) via score(samples = 5, baseline = leave_one_out)
        z = score(q_z, samples=z_samples, mode=self.mode)
        return z @ self.E, q_z, z

    def twice(self, u: Tensor) -> tuple[Tensor, Tensor, Distribution, Tensor, Distribution]:
        a, a_q_z, a_z = self.snap(u, z_samples=5)
        h, call2_q_z, call2_z = self.snap(a + u, z_samples=1)
        return h, a_z, a_q_z, call2_z, call2_q_z

    def forward(self, x: Tensor, y: Tensor | None = None) -> Output:
        first, first_q_z, first_z = self.snap(x, z_samples=5)
        second, second_q_z, second_z = self.snap(self.linear(first), z_samples=1)
        third, third_a_z, third_a_q_z, third_call2_z, third_call2_q_z = self.twice(x)
        h = linear(second, self.E)
        # e ~ Categorical(logits = E @ second) via enumerate
        e, weight_e = enumerate_support(Categorical(logits=h), dims=2, mode=self.mode)
        below = above = loss = None
        if y is not None:
            below = cross_entropy(h, y) + cross_entropy(linear(third, self.E), y)
            above = cross_entropy(linear(e @ self.E, self.E), y)
            if self.training:
                cost = marginal(above, weight_e, axis=1)
                cost2 = scored(
                    below, log_prob(third_call2_q_z, third_call2_z), baseline="leave_one_out"
                )
                cost2 = scored(cost2, log_prob(third_a_q_z, third_a_z), baseline="leave_one_out")
                cost = scored(
                    cost + cost2, log_prob(second_q_z, second_z), baseline="leave_one_out"
                )
                loss = scored(cost, log_prob(first_q_z, first_z), baseline="leave_one_out").mean()
            else:
                loss = below.mean() + above.mean()
        return self.Output(
            first, first_z, second, second_z, third, third_a_z, third_call2_z, e, below, above, loss
        )
