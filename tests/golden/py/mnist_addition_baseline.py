"""The plain network that sum-only addition is compared with: both images side by side, no hidden
digits.
Thesis 6.1.3 and A.1.3: the baseline of table 6.6, 98,951 parameters.

Written by scgc from mnist_addition_baseline.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Linear, Model, max_pool2d

K = 19


class Classify(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.linear1 = Linear(704, 120)
        self.linear2 = Linear(120, 84)
        self.linear3 = Linear(84, K)

    def forward(self, pair: Tensor) -> Tensor:
        pair = F.relu(max_pool2d(self.conv1(pair), 2))
        pair = F.relu(max_pool2d(self.conv2(pair), 2)).flatten(-3)
        pair = F.relu(self.linear1(pair))
        pair = F.relu(self.linear2(pair))
        return self.linear3(pair)


class MnistAdditionBaseline(Model):
    """The plain network that sum-only addition is compared with: both images side by side, no
    hidden digits.
    Thesis 6.1.3 and A.1.3: the baseline of table 6.6, 98,951 parameters.
    """

    program = "mnist_addition_baseline"
    inputs: ClassVar[dict[str, str]] = {
        "a": "real[1, 28, 28]",
        "b": "real[1, 28, 28]",
        "total": "class(K)",
    }
    fields: ClassVar[dict[str, str]] = {
        "logits": "logits",
        "sum_error": "sum_error",
        "accuracy": "accuracy",
    }
    losses = ("sum_error",)
    metrics = ("accuracy",)

    class Output(NamedTuple):
        logits: Tensor
        sum_error: Tensor | None
        accuracy: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.classify = Classify()

    def forward(self, a: Tensor, b: Tensor, total: Tensor | None = None) -> Output:
        logits = self.classify(torch.cat([a, b], -1))
        sum_error = accuracy = loss = None
        if total is not None:
            sum_error = F.cross_entropy(logits, total, reduction="none")
            accuracy = logits.argmax(-1) == total
            loss = sum_error.mean()
        return self.Output(logits, sum_error, accuracy, loss)
