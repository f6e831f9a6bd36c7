"""Where a circle is, in two Gaussian latent variables: thesis 4.2.3, figures 4.4 and B.2.
Spatial broadcast decoder: Watters et al. 2019; table A.4.

Written by scgc from circles_vae.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Model, Normal, concat, expand, kl, pathwise, score

size = 64
n = 2
width = 64
side = 65


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
        self.linear = nn.Linear(256, 2 * n)

    def forward(self, x: Tensor, features: nn.Module) -> Tensor:
        return self.linear(features(x)).unflatten(-1, (2, n))


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


class CirclesVae(Model):
    """Where a circle is, in two Gaussian latent variables: thesis 4.2.3, figures 4.4 and B.2.
    Spatial broadcast decoder: Watters et al. 2019; table A.4.
    """

    program = "circles_vae"
    inputs: ClassVar[dict[str, str]] = {"x": "real[C, size, size]"}
    fields: ClassVar[dict[str, str]] = {
        "code": "code",
        "r": "r",
        "v": "v",
        "image": "image",
        "recon": "recon",
        "rate": "rate",
        "elbo": "elbo",
    }
    losses = ("recon", "rate")
    metrics = ("elbo",)
    nodes = ("v",)
    generated = ("v",)

    class Output(NamedTuple):
        code: Tensor
        r: Tensor
        v: Tensor
        image: Tensor
        recon: Tensor
        rate: Tensor
        elbo: Tensor
        loss: Tensor

    def __init__(self, C: int) -> None:
        super().__init__()
        self.C = C
        self.features = Features(self.C)
        self.encode = Encode()
        self.decode = Decode(self.C)

    def forward(self, x: Tensor) -> Output:
        code = self.encode(x, self.features)
        r = code[..., 0, :]
        q_v = Normal(r, logvar=code[..., 1, :])
        p_v = Normal(torch.tensor(0.0, device=x.device), 1)
        # v ~ Normal(mean = r, logvar = code[1]) prior Normal(mean = 0, std = 1)
        v = pathwise(q_v, mode=self.mode)
        image = self.decode(v)
        recon = F.binary_cross_entropy_with_logits(image, x, reduction="none").sum((-3, -2, -1))
        rate = kl(q_v, p_v, plates=1)
        elbo = -(recon + rate)
        loss = recon.mean() + rate.mean()
        return self.Output(code, r, v, image, recon, rate, elbo, loss)

    def generate(self, batch: int = 1, v: Tensor | None = None) -> Output:
        """Draw from the model: nodes with a prior from it, observed nodes from their
        distributions. Nodes that are given keep their values; fields that generation does not
        compute are None.
        """
        if v is not None:
            batch = v.shape[0]
        # v ~ Normal(mean = r, logvar = code[1]) prior Normal(mean = 0, std = 1)
        if v is not None:
            v_ = v
        else:
            v_ = score(
                Normal(torch.tensor(0.0, device=next(self.parameters()).device), 1).expand(
                    (batch, n)
                ),
                mode=self.mode,
            )
        image = self.decode(v_)
        return self.Output(None, None, v_, image, None, None, None, None)
