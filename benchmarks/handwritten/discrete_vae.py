"""A discrete variational autoencoder: 784-512-256, 20 variables of 10 categories (or 200 bits), mirrored.

Which estimator trains it is a function of the model, the logits of the code and the images, whose gradient
is the one wanted; `HAND` in `handwritten.estimators` holds them all.
"""

from __future__ import annotations

from math import log
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical

from handwritten import ByHand


class DiscreteVae(nn.Module):
    def __init__(self, pixels: int = 784, n: int = 20, k: int = 10, bits: bool = False) -> None:
        super().__init__()
        self.shape, self.bits = (n, k), bits
        self.encoder = nn.Sequential(
            nn.Linear(pixels, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, n * k)
        )
        self.decoder = nn.Sequential(
            nn.Linear(n * k, 256), nn.ReLU(), nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, pixels)
        )

    def logits(self, x: Tensor) -> Tensor:
        """[B, n, k]"""
        found: Tensor = self.encoder(x)
        return found.reshape(len(x), *self.shape)

    def cost(self, z: Tensor, x: Tensor) -> Tensor:
        """[..., B]: of codes [..., B, n, k] for the images [B, pixels]."""
        y = self.decoder(z.flatten(-2))
        return F.binary_cross_entropy_with_logits(y, x.expand_as(y), reduction="none").sum(-1)

    def rate(self, logits: Tensor) -> Tensor:
        """[B]: the divergence from the uniform prior."""
        if self.bits:
            p = logits.sigmoid()
            return (p * logits - F.softplus(logits) + log(2)).sum((-2, -1))
        log_p = logits.log_softmax(-1)
        return (log_p.exp() * (log_p + log(self.shape[1]))).sum((-2, -1))

    def draw(self, logits: Tensor, samples: int) -> Tensor:
        """Hard draws: [samples, B, n, k]."""
        if self.bits:
            return torch.bernoulli(logits.detach().sigmoid().expand(samples, *logits.shape))
        codes = Categorical(logits=logits.detach()).sample(torch.Size((samples,)))  # type: ignore[no-untyped-call]
        return F.one_hot(codes, logits.shape[-1]).float()

    def log_prob(self, logits: Tensor, z: Tensor) -> Tensor:
        """[..., B]"""
        if self.bits:
            return -F.binary_cross_entropy_with_logits(logits.expand_as(z), z, reduction="none").sum((-2, -1))
        return (z * logits.log_softmax(-1)).sum((-2, -1))


def leave_one_out(vae: DiscreteVae, logits: Tensor, x: Tensor, samples: int = 2) -> tuple[Tensor, Tensor]:
    """The mean cost, and the surrogate that has its gradient (Kool et al. 2019)."""
    z = vae.draw(logits, samples)
    cost = vae.cost(z, x)
    known = cost.detach()
    others = (known.sum(0) - known) / (samples - 1)
    weighed = (known - others) * vae.log_prob(logits, z)
    return cost.mean(), (cost + weighed).mean()


def loss(vae: DiscreteVae, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    x = batch["ink"].flatten(1).float()
    logits = vae.logits(x)
    rate = vae.rate(logits).mean()
    cost, surrogate = leave_one_out(vae, logits, x)
    return rate + cost, rate + surrogate


def replay(vae: DiscreteVae, out: Any) -> None:
    """Draw the codes that the compiled model drew."""
    vae.draw = lambda logits, samples: out.z  # type: ignore[method-assign]


RENAMED = {f"{net}coder.{2 * i}": f"{net}code.linear{i + 1}" for net in ("en", "de") for i in range(3)}
BY_HAND = ByHand(make=DiscreteVae, loss=loss, renamed=RENAMED, replay=replay)
