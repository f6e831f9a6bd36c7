"""A variational autoencoder with a Gaussian code: what the discrete one is compared with.
Kingma and Welling 2014; thesis 6.2 and A.3 (tables A.1 and A.2), after Locatello et al. 2019.

Written by scgc from vae.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import ConvTranspose2d, Linear, Model, Normal, kl, pathwise, score

size = 64
n = 10


class Features(nn.Module):
    def __init__(self, C: int) -> None:
        super().__init__()
        self.C = C
        self.conv1 = nn.Conv2d(self.C, 32, kernel_size=4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(32, 32, kernel_size=4, stride=2, padding=1)
        self.conv3 = nn.Conv2d(32, 64, kernel_size=4, stride=2, padding=1)
        self.conv4 = nn.Conv2d(64, 64, kernel_size=4, stride=2, padding=1)
        self.linear = Linear(64 * (size // 16) * (size // 16), 256)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.relu(self.conv3(x))
        x = F.relu(self.conv4(x)).flatten(-3)
        return F.relu(self.linear(x))


class Encode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = Linear(256, 2 * n)

    def forward(self, x: Tensor, features: nn.Module) -> Tensor:
        return self.linear(features(x)).unflatten(-1, (2, n))


class Decode(nn.Module):
    def __init__(self, C: int) -> None:
        super().__init__()
        self.C = C
        self.linear1 = Linear(n, 256)
        self.linear2 = Linear(256, 64 * (size // 16) * (size // 16))
        self.deconv1 = ConvTranspose2d(64, 64, kernel_size=4, stride=2, padding=1)
        self.deconv2 = ConvTranspose2d(64, 32, kernel_size=4, stride=2, padding=1)
        self.deconv3 = ConvTranspose2d(32, 32, kernel_size=4, stride=2, padding=1)
        self.deconv4 = ConvTranspose2d(32, self.C, kernel_size=4, stride=2, padding=1)

    def forward(self, v: Tensor) -> Tensor:
        v = F.relu(self.linear1(v))
        v = F.relu(self.linear2(v)).unflatten(-1, (64, size // 16, size // 16))
        v = F.relu(self.deconv1(v))
        v = F.relu(self.deconv2(v))
        v = F.relu(self.deconv3(v))
        return self.deconv4(v)


class Vae(Model):
    """A variational autoencoder with a Gaussian code: what the discrete one is compared with.
    Kingma and Welling 2014; thesis 6.2 and A.3 (tables A.1 and A.2), after Locatello et al.
    2019.
    """

    program = "vae"
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
