"""The categorical VAE of the thesis (4.2.2; tables A.1 and A.2), as one writes it in plain PyTorch."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwritten import ByHand

LATENTS, CATEGORIES = 10, 64


class DVAE(nn.Module):
    """`scale` is set by the training script; `noise` in place of drawn noise by a check."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 32, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 32, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(64, 64, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(1024, 256),
            nn.ReLU(),
            nn.Linear(256, LATENTS * CATEGORIES),
        )
        self.decoder = nn.Sequential(
            nn.Linear(LATENTS, 256),
            nn.ReLU(),
            nn.Linear(256, 1024),
            nn.ReLU(),
            nn.Unflatten(1, (64, 4, 4)),
            nn.ConvTranspose2d(64, 64, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 32, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),
        )
        self.register_buffer("line", torch.linspace(-1, 1, CATEGORIES), persistent=False)
        self.scale = 0.5
        self.noise: Tensor | None = None
        self.line: Tensor

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.encoder(x).view(-1, LATENTS, CATEGORIES)
        noise = self.noise
        if noise is None:
            noise = -torch.empty_like(logits).exponential_().log()
        z = F.softmax(logits + self.scale * noise, -1)
        return self.decoder(z @ self.line), logits


def loss(model: DVAE, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    x = batch["x"]
    image, logits = model(x)
    recon = F.binary_cross_entropy_with_logits(image, x, reduction="sum") / len(x)
    log_q = F.log_softmax(logits, -1)
    rate = (log_q.exp() * (log_q + math.log(CATEGORIES))).sum((1, 2)).mean()
    return recon + rate, recon + rate


def replay(model: DVAE, out: Any) -> None:
    model.noise = ((out.z.log() - out.code) / model.scale).detach()


BY_HAND = ByHand(
    make=DVAE,
    loss=loss,
    replay=replay,
    dims={"C": 1, "channels": 1},
    renamed={
        "encoder.0": "features.conv1",
        "encoder.2": "features.conv2",
        "encoder.4": "features.conv3",
        "encoder.6": "features.conv4",
        "encoder.9": "features.linear",
        "encoder.11": "encode.linear",
        "decoder.0": "decode.linear1",
        "decoder.2": "decode.linear2",
        "decoder.5": "decode.deconv1",
        "decoder.7": "decode.deconv2",
        "decoder.9": "decode.deconv3",
        "decoder.11": "decode.deconv4",
    },
)
