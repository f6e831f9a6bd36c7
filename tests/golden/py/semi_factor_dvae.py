"""The categorical VAE that sees the factors of a few examples, with FactorVAE's penalty on total
correlation:
thesis 6.2.5, figure 6.4.

Written by scgc from semi_factor_dvae.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Categorical, Model, cross_entropy, gumbel_softmax, kl, permute_batch, score

size = 64
n = 10
m = 64
omega = 4
gamma = 10


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


class SemiFactorDvae(Model):
    """The categorical VAE that sees the factors of a few examples, with FactorVAE's penalty on
    total correlation:
    thesis 6.2.5, figure 6.4.
    """

    program = "semi_factor_dvae"
    inputs: ClassVar[dict[str, str]] = {
        "x": "real[C, size, size]",
        "factors": "int[F]",
        "values": "int[F]",
        "labelled": "bool",
    }
    fields: ClassVar[dict[str, str]] = {
        "free": "free",
        "code": "code",
        "r": "r",
        "z": "z",
        "v": "v",
        "image": "image",
        "rounded": "rounded",
        "bin": "bin",
        "chosen": "chosen",
        "joint": "joint",
        "shuffled": "shuffled",
        "recon": "recon",
        "rate": "rate",
        "known": "known",
        "tc": "tc",
        "judge": "judge",
        "elbo": "elbo",
        "st_gap": "st_gap",
    }
    losses = ("recon", "rate", "known", "tc", "judge")
    metrics = ("elbo", "st_gap")
    schedules = ("scale",)
    players = (("features", "encode", "decode"), ("discriminate",))
    nodes = ("z",)
    generated = ("z",)

    class Output(NamedTuple):
        free: Tensor
        code: Tensor
        r: Tensor
        z: Tensor
        v: Tensor
        image: Tensor
        rounded: Tensor
        bin: Tensor
        chosen: Tensor
        joint: Tensor
        shuffled: Tensor
        recon: Tensor
        rate: Tensor
        known: Tensor | None
        tc: Tensor
        judge: Tensor
        elbo: Tensor
        st_gap: Tensor
        losses: tuple[Tensor | None, Tensor | None]
        loss: Tensor | None

    def __init__(self, C: int, F: int) -> None:
        super().__init__()
        self.C = C
        self.F = F
        self.register_buffer("training_scale", torch.zeros(()))
        self.features = Features(self.C)
        self.encode = Encode()
        self.decode = Decode(self.C)
        self.discriminate = Discriminate()
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

    def forward(
        self, x: Tensor, factors: Tensor, values: Tensor, labelled: Tensor | None = None
    ) -> Output:
        free = self.encode(x, self.features)
        code = free
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
        h3 = ((m - 1) * factors).float() / (values - 1).float().clamp(min=1) + 0.5
        bin = h3.floor()
        chosen = bin.unsqueeze(-1) == torch.arange(m, device=x.device).float()
        h4 = code[..., : self.F, :].log_softmax(-1)
        h5 = omega * -torch.where(chosen, h4, 0.0).sum((-2, -1))
        joint = self.discriminate(v)
        shuffled = self.discriminate(permute_batch(v.detach()))
        tc = gamma * (joint[..., 0] - joint[..., 1])
        judge = 0.5 * (cross_entropy(joint, 0) + cross_entropy(shuffled, 1))
        known = loss_features = loss_discriminate = loss = None
        if labelled is not None:
            known = torch.where(labelled, h5, 0)
            loss_features = recon.mean() + rate.mean() + known.mean() + tc.mean()
            loss_discriminate = judge.mean()
            loss = loss_features + loss_discriminate
        return self.Output(
            free,
            code,
            r,
            z,
            v,
            image,
            rounded,
            bin,
            chosen,
            joint,
            shuffled,
            recon,
            rate,
            known,
            tc,
            judge,
            elbo,
            st_gap,
            (loss_features, loss_discriminate),
            loss,
        )

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
        joint = self.discriminate(v)
        shuffled = self.discriminate(permute_batch(v.detach()))
        return self.Output(
            None,
            None,
            None,
            z_,
            v,
            image,
            None,
            None,
            None,
            joint,
            shuffled,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            (None, None),
            None,
        )
