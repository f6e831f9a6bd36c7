"""The Gaussian VAE that sees the factors of a few examples, with FactorVAE's penalty on total
correlation:
thesis 6.2.5, figure 6.4.

Written by scgc from semi_factor_vae.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Model, Normal, cross_entropy, kl, pathwise, permute_batch, score

size = 64
n = 10
omega = 4
gamma = 10


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
        self.linear1 = nn.Linear(n, 256)
        self.linear2 = nn.Linear(256, 64 * (size // 16) * (size // 16))
        self.deconv1 = nn.ConvTranspose2d(64, 64, kernel_size=4, stride=2, padding=1)
        self.deconv2 = nn.ConvTranspose2d(64, 32, kernel_size=4, stride=2, padding=1)
        self.deconv3 = nn.ConvTranspose2d(32, 32, kernel_size=4, stride=2, padding=1)
        self.deconv4 = nn.ConvTranspose2d(32, self.C, kernel_size=4, stride=2, padding=1)

    def forward(self, v: Tensor) -> Tensor:
        v = F.relu(self.linear1(v))
        v = F.relu(self.linear2(v)).unflatten(-1, (64, size // 16, size // 16))
        v = F.relu(self.deconv1(v))
        v = F.relu(self.deconv2(v))
        v = F.relu(self.deconv3(v))
        return self.deconv4(v)


class Discriminate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = nn.Linear(n, 1000)
        self.linear2 = nn.Linear(1000, 1000)
        self.linear3 = nn.Linear(1000, 1000)
        self.linear4 = nn.Linear(1000, 1000)
        self.linear5 = nn.Linear(1000, 1000)
        self.linear6 = nn.Linear(1000, 1000)
        self.linear7 = nn.Linear(1000, 2)

    def forward(self, v: Tensor) -> Tensor:
        v = F.leaky_relu(self.linear1(v))
        v = F.leaky_relu(self.linear2(v))
        v = F.leaky_relu(self.linear3(v))
        v = F.leaky_relu(self.linear4(v))
        v = F.leaky_relu(self.linear5(v))
        v = F.leaky_relu(self.linear6(v))
        return self.linear7(v)


class SemiFactorVae(Model):
    """The Gaussian VAE that sees the factors of a few examples, with FactorVAE's penalty on total
    correlation:
    thesis 6.2.5, figure 6.4.
    """

    program = "semi_factor_vae"
    inputs: ClassVar[dict[str, str]] = {
        "x": "real[C, size, size]",
        "factors": "int[F]",
        "values": "int[F]",
        "labelled": "bool",
    }
    fields: ClassVar[dict[str, str]] = {
        "code": "code",
        "r": "r",
        "v": "v",
        "image": "image",
        "target": "target",
        "joint": "joint",
        "shuffled": "shuffled",
        "recon": "recon",
        "rate": "rate",
        "known": "known",
        "tc": "tc",
        "judge": "judge",
        "elbo": "elbo",
    }
    losses = ("recon", "rate", "known", "tc", "judge")
    metrics = ("elbo",)
    players = (("features", "encode", "decode"), ("discriminate",))
    nodes = ("v",)
    generated = ("v",)

    class Output(NamedTuple):
        code: Tensor
        r: Tensor
        v: Tensor
        image: Tensor
        target: Tensor
        joint: Tensor
        shuffled: Tensor
        recon: Tensor
        rate: Tensor
        known: Tensor | None
        tc: Tensor
        judge: Tensor
        elbo: Tensor
        losses: tuple[Tensor | None, Tensor | None]
        loss: Tensor | None

    def __init__(self, C: int, F: int) -> None:
        super().__init__()
        self.C = C
        self.F = F
        self.features = Features(self.C)
        self.encode = Encode()
        self.decode = Decode(self.C)
        self.discriminate = Discriminate()

    def forward(
        self, x: Tensor, factors: Tensor, values: Tensor, labelled: Tensor | None = None
    ) -> Output:
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
        target = factors.float() / (values - 1).float().clamp(min=1)
        h = r[..., : self.F]
        h2 = F.binary_cross_entropy_with_logits(h, target, reduction="none").sum(-1)
        joint = self.discriminate(v)
        shuffled = self.discriminate(permute_batch(v.detach()))
        tc = gamma * (joint[..., 0] - joint[..., 1])
        judge = 0.5 * (cross_entropy(joint, 0) + cross_entropy(shuffled, 1))
        known = loss_features = loss_discriminate = loss = None
        if labelled is not None:
            known = torch.where(labelled, omega * h2, 0)
            loss_features = recon.mean() + rate.mean() + known.mean() + tc.mean()
            loss_discriminate = judge.mean()
            loss = loss_features + loss_discriminate
        return self.Output(
            code,
            r,
            v,
            image,
            target,
            joint,
            shuffled,
            recon,
            rate,
            known,
            tc,
            judge,
            elbo,
            (loss_features, loss_discriminate),
            loss,
        )

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
        joint = self.discriminate(v_)
        shuffled = self.discriminate(permute_batch(v_.detach()))
        return self.Output(
            None,
            None,
            v_,
            image,
            None,
            joint,
            shuffled,
            None,
            None,
            None,
            None,
            None,
            None,
            (None, None),
            None,
        )
