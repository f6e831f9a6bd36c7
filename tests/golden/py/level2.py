"""Level 2: one stochastic node on the path.
Thesis figure 2.2 (2). Here: a point is put into one of eight bins, and its label read from the
bin alone.

Written by scgc from level2.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Categorical, Linear, Model, MovingAverage, log_prob, score, scored

classes = 4
bins = 8


class Sort(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2, 32)
        self.linear2 = Linear(32, bins)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear1(x).tanh()
        return self.linear2(x)


class Level2(Model):
    """Level 2: one stochastic node on the path.
    Thesis figure 2.2 (2). Here: a point is put into one of eight bins, and its label read from
    the bin alone.
    """

    program = "level2"
    inputs: ClassVar[dict[str, str]] = {"x": "real[2]", "label": "class(classes)"}
    fields: ClassVar[dict[str, str]] = {
        "z": "z",
        "logits": "logits",
        "error": "error",
        "accuracy": "accuracy",
    }
    losses = ("error",)
    metrics = ("accuracy",)
    nodes = ("z",)

    class Output(NamedTuple):
        z: Tensor
        logits: Tensor
        error: Tensor | None
        accuracy: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.empty(bins, classes))
        self.sort = Sort()
        self.z_baseline = MovingAverage()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.normal_(self.table, 0, 1)

    def forward(self, x: Tensor, label: Tensor | None = None) -> Output:
        q_z = Categorical(logits=self.sort(x))
        # z ~ Categorical(logits = sort(x)) via score(baseline = moving_average)
        z = score(q_z, mode=self.mode)
        logits = z @ self.table
        error = accuracy = loss = None
        if label is not None:
            error = F.cross_entropy(logits, label, reduction="none")
            accuracy = logits.argmax(-1) == label
            if self.training:
                loss = scored(error, log_prob(q_z, z), baseline=self.z_baseline(error)).mean()
            else:
                loss = error.mean()
        return self.Output(z, logits, error, accuracy, loss)
