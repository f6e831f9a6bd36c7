"""Level 1: a deterministic computation graph, one path of nodes without chance.
Thesis figure 2.2 (1). Here: regress a curve.

Written by scgc from level1.scg.
"""

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from scgc.runtime import Linear, Model


class Hidden(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = Linear(1, 32)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(torch.stack([x], -1)).tanh()


class Read(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(32, 32)
        self.linear2 = Linear(32, 1)

    def forward(self, h: Tensor) -> Tensor:
        h = self.linear1(h).tanh()
        return self.linear2(h).squeeze(-1)


class Level1(Model):
    """Level 1: a deterministic computation graph, one path of nodes without chance.
    Thesis figure 2.2 (1). Here: regress a curve.
    """

    program = "level1"
    inputs: ClassVar[dict[str, str]] = {"x": "real[]", "y": "real[]"}
    fields: ClassVar[dict[str, str]] = {
        "h": "h",
        "estimate": "estimate",
        "error": "error",
        "distance": "distance",
    }
    losses = ("error",)
    metrics = ("distance",)

    class Output(NamedTuple):
        h: Tensor
        estimate: Tensor
        error: Tensor | None
        distance: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.hidden = Hidden()
        self.read = Read()

    def forward(self, x: Tensor, y: Tensor | None = None) -> Output:
        h = self.hidden(x)
        estimate = self.read(h)
        error = distance = loss = None
        if y is not None:
            h2 = estimate - y
            error = h2**2
            distance = h2.abs()
            loss = error.mean()
        return self.Output(h, estimate, error, distance, loss)
