"""Sum-only addition of MNIST digits (thesis A.1.3): each image goes through the encoder by itself."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwritten import ByHand


class MnistAddition(nn.Module):
    """`tau`, `beta` and `alpha` are set by the training script."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2), nn.ReLU()
        )
        self.mlp = nn.Sequential(
            nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 84)
        )
        self.C = nn.Parameter(torch.randn(19, 84))
        self.addition = nn.Sequential(nn.Linear(168, 168), nn.ReLU(), nn.Linear(168, 84), nn.ReLU())
        self.tau, self.beta, self.alpha = 8.0, 0.0, 0.0

    def noise(self, logits: Tensor) -> Tensor:
        """Gumbel noise as in F.gumbel_softmax, which has no scale."""
        return -torch.empty_like(logits).exponential_().log()

    def digit(self, image: Tensor) -> tuple[Tensor, Tensor]:
        u = self.mlp(self.features(image).flatten(1))
        logits = u @ self.C.t()
        if not self.training:
            z = F.one_hot(logits.argmax(-1), 19).float()
            return z @ self.C, z
        z = ((logits + self.beta * self.noise(logits)) / self.tau).softmax(-1)
        v = z @ self.C
        if torch.rand(()) >= self.alpha:
            v = v + u
        return v, z

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        left, left_z = self.digit(a)
        right, right_z = self.digit(b)
        logits = self.addition(torch.cat([left, right], 1)) @ self.C.t()
        return logits, left_z, right_z


def loss(model: MnistAddition, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    logits, _, _ = model(batch["a"], batch["b"])
    value = F.cross_entropy(logits, batch["total"])
    return value, value


BY_HAND = ByHand(
    make=MnistAddition,
    loss=loss,
    renamed={
        "features.0": "encode.conv1",
        "features.3": "encode.conv2",
        "mlp.0": "encode.linear1",
        "mlp.2": "encode.linear2",
        "mlp.4": "encode.linear3",
        "addition.0": "add.linear1",
        "addition.2": "add.linear2",
    },
)
