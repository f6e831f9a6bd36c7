"""Level 3: two paths with a stochastic node each, which meet in one deterministic node.
Thesis figure 2.2 (3). Here: two points, of which only the sum of the cluster numbers is known.

Written by scgc from level3.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Categorical, Linear, Model, gumbel_softmax

bins = 8
sums = 7


class Sort(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2, 32)
        self.linear2 = Linear(32, bins)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear1(x).tanh()
        return self.linear2(x)


class Level3(Model):
    """Level 3: two paths with a stochastic node each, which meet in one deterministic node.
    Thesis figure 2.2 (3). Here: two points, of which only the sum of the cluster numbers is
    known.
    """

    program = "level3"
    inputs: ClassVar[dict[str, str]] = {
        "a": "real[2]",
        "b": "real[2]",
        "sum_ab": "class(sums)",
        "class_a": "class(classes)",
        "class_b": "class(classes)",
    }
    fields: ClassVar[dict[str, str]] = {
        "left": "left",
        "right": "right",
        "logits": "logits",
        "error": "error",
        "accuracy": "accuracy",
    }
    losses = ("error",)
    metrics = ("accuracy",)
    nodes = ("left", "right")

    class Output(NamedTuple):
        left: Tensor
        right: Tensor
        logits: Tensor
        error: Tensor | None
        accuracy: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        # The table of all sums: what each pair of bins says.
        self.table = nn.Parameter(torch.empty(bins, bins, sums))
        self.sort = Sort()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.normal_(self.table, 0, 1)

    def forward(
        self,
        a: Tensor,
        b: Tensor,
        sum_ab: Tensor | None = None,
        class_a: Tensor | None = None,
        class_b: Tensor | None = None,
    ) -> Output:
        h, h2 = self.sort(torch.cat([a, b])).chunk(2)
        # left ~ Categorical(logits = sort(a)) via gumbel_softmax(tau = 1)
        left = gumbel_softmax(Categorical(logits=h), mode=self.mode)
        # right ~ Categorical(logits = sort(b)) via gumbel_softmax(tau = 1)
        right = gumbel_softmax(Categorical(logits=h2), mode=self.mode)
        h3 = (left @ self.table.flatten(-2)).unflatten(-1, (bins, sums))
        logits = torch.einsum("...k,...km->...m", right, h3)
        error = accuracy = loss = None
        if sum_ab is not None:
            error = F.cross_entropy(logits, sum_ab, reduction="none")
            accuracy = logits.argmax(-1) == sum_ab
            loss = error.mean()
        return self.Output(left, right, logits, error, accuracy, loss)
