"""The plain network of table 6.6 (thesis A.1.3): both images side by side, nothing stochastic."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwritten import ByHand


class Baseline(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2), nn.ReLU()
        )
        self.classifier = nn.Sequential(
            nn.Linear(704, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 19)
        )

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(torch.cat([a, b], 3)).flatten(1))
        return logits


def loss(model: Baseline, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    value = F.cross_entropy(model(batch["a"], batch["b"]), batch["total"])
    return value, value


BY_HAND = ByHand(
    make=Baseline,
    loss=loss,
    renamed={
        "features.0": "classify.conv1",
        "features.3": "classify.conv2",
        "classifier.0": "classify.linear1",
        "classifier.2": "classify.linear2",
        "classifier.4": "classify.linear3",
    },
)
