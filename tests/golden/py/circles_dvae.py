"""Where a circle is, in two categorical latent variables: thesis 4.2.3, figures 4.4 and B.3.

Written by scgc from circles_dvae.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Categorical, Model, concat, expand, gumbel_softmax, kl, score

size = 64
n = 2
m = 64
width = 64
side = 65


def place(z: Tensor) -> Tensor:
    """Each category is a point on a line."""
    return (z * torch.linspace(-1, 1, m, device=z.device)).sum(-1)


class Features(nn.Module):
    def __init__(self, C: int) -> None:
        super().__init__()
        self.C = C
        self.conv1 = nn.Conv2d(self.C, 32, kernel_size=4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(32, 32, kernel_size=4, stride=2, padding=1)
        self.conv3 = nn.Conv2d(32, 64, kernel_size=4, stride=2, padding=1)
        self.conv4 = nn.Conv2d(64, 64, kernel_size=4, stride=2, padding=1)
        self.linear = nn.Linear(64 * (size // 16) * (size // 16), 256)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.relu(self.conv3(x))
        x = F.relu(self.conv4(x)).flatten(-3)
        return F.relu(self.linear(x))


class Encode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(256, m * n)

    def forward(self, x: Tensor, features: nn.Module) -> Tensor:
        return self.linear(features(x)).unflatten(-1, (n, m))


class Decode(nn.Module):
    def __init__(self, C: int) -> None:
        super().__init__()
        self.C = C
        self.conv1 = nn.Conv2d(n + 2, width, kernel_size=4, padding=1)
        self.conv2 = nn.Conv2d(width, width, kernel_size=4, padding=2)
        self.conv3 = nn.Conv2d(width, self.C, kernel_size=4, padding=1)

    def forward(self, v: Tensor) -> Tensor:
        line = torch.linspace(-1, 1, side, device=v.device).expand(side, side)
        tiles = expand(v.unflatten(-1, (n, 1, 1)), (n, side, side), 3)
        h = self.conv1(concat([tiles, line.unsqueeze(-3), line.mT.unsqueeze(-3)], -3))
        h = F.relu(self.conv2(F.relu(h)))
        return self.conv3(h)


class CirclesDvae(Model):
    """Where a circle is, in two categorical latent variables: thesis 4.2.3, figures 4.4 and B.3."""

    program = "circles_dvae"
    inputs: ClassVar[dict[str, str]] = {"x": "real[C, size, size]"}
    fields: ClassVar[dict[str, str]] = {
        "code": "code",
        "r": "r",
        "z": "z",
        "v": "v",
        "image": "image",
        "rounded": "rounded",
        "recon": "recon",
        "rate": "rate",
        "elbo": "elbo",
        "st_gap": "st_gap",
    }
    losses = ("recon", "rate")
    metrics = ("elbo", "st_gap")
    schedules = ("scale",)
    nodes = ("z",)
    generated = ("z",)

    class Output(NamedTuple):
        code: Tensor
        r: Tensor
        z: Tensor
        v: Tensor
        image: Tensor
        rounded: Tensor
        recon: Tensor
        rate: Tensor
        elbo: Tensor
        st_gap: Tensor
        loss: Tensor

    def __init__(self, C: int) -> None:
        super().__init__()
        self.C = C
        self.register_buffer("training_scale", torch.zeros(()))
        self.features = Features(self.C)
        self.encode = Encode()
        self.decode = Decode(self.C)
        self.advance()

    def advance(
        self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0
    ) -> None:
        """Set the schedules: clock `t` in ticks, step, epoch, progress from 0 to 1."""
        # schedule scale = cosine(0.5, 2) else 0
        self.training_scale.fill_(2 + 0.5 * (0.5 - 2) * (1 + math.cos(math.pi * progress)))

    @property
    def scale(self) -> Tensor:
        """The schedule in training, 0.0 outside of it."""
        return self.training_scale if self.training else torch.full_like(self.training_scale, 0.0)

    def forward(self, x: Tensor) -> Output:
        code = self.encode(x, self.features)
        q = Categorical(logits=code)
        r = place(q.mode)
        p_z = Categorical.uniform(m)
        # z ~ q prior uniform via gumbel_softmax(tau = 1, scale, soft = true)
        z = gumbel_softmax(q, scale=self.scale, soft=True, mode=self.mode)
        v = place(z)
        image = self.decode(v)
        recon = F.binary_cross_entropy_with_logits(image, x, reduction="none").sum((-3, -2, -1))
        rate = kl(q, p_z, plates=1)
        elbo = -(recon + rate)
        rounded = elbo
        if not self.training:
            h = self.decode(place(F.one_hot(z.argmax(-1), m).to(z.dtype)))
            h2 = F.binary_cross_entropy_with_logits(h, x, reduction="none").sum((-3, -2, -1))
            rounded = -(h2 + rate)
        st_gap = (elbo - rounded).abs()
        loss = recon.mean() + rate.mean()
        return self.Output(code, r, z, v, image, rounded, recon, rate, elbo, st_gap, loss)

    def generate(self, batch: int = 1, z: Tensor | None = None) -> Output:
        """Draw from the model: nodes with a prior from it, observed nodes from their
        distributions. Nodes that are given keep their values; fields that generation does not
        compute are None.
        """
        if z is not None:
            batch = z.shape[0]
        if z is not None:
            z_ = z
        else:
            z_ = score(
                Categorical(logits=torch.zeros(n, m, device=next(self.parameters()).device)).expand(
                    (batch, n)
                ),
                mode=self.mode,
            )
        v = place(z_)
        image = self.decode(v)
        return self.Output(None, None, z_, v, image, None, None, None, None, None, None)
