"""Sum-only addition of scikit-learn's 8x8 digits: the method of mnist_addition with a smaller encoder."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwritten import ByHand


class DigitAddition(nn.Module):
    """`tau`, `beta` and `alpha` are set by the training script."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 32))
        self.C = nn.Parameter(torch.randn(19, 32))
        self.addition = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.tau, self.beta, self.alpha = 4.0, 0.0, 0.0

    def digit(self, image: Tensor) -> Tensor:
        u = self.encoder(image)
        logits = u @ self.C.t()
        if not self.training:
            v: Tensor = F.one_hot(logits.argmax(-1), 19).float() @ self.C
            return v
        gumbel = -torch.empty_like(logits).exponential_().log()
        z = ((logits + self.beta * gumbel) / self.tau).softmax(-1)
        v = z @ self.C
        if torch.rand(()) >= self.alpha:
            v = v + u
        return v

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        state: Tensor = self.addition(torch.cat([self.digit(a), self.digit(b)], 1))
        return state @ self.C.t()


def loss(model: DigitAddition, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    value = F.cross_entropy(model(batch["a"], batch["b"]), batch["total"])
    return value, value


BY_HAND = ByHand(
    make=DigitAddition,
    loss=loss,
    renamed={
        "encoder.1": "encode.linear1",
        "encoder.3": "encode.linear2",
        "addition.0": "add.linear1",
        "addition.2": "add.linear2",
    },
)
