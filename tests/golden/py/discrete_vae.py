"""A variational autoencoder whose code is a handful of categories; any estimator can train it, by
one word.
After Jang et al. 2017 (Categorical reparameterization) and Maddison et al. 2017, with one layer
of latent variables.

Written by scgc from discrete_vae.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Bernoulli, Categorical, Linear, Model, kl, log_prob, score, scored

side = 28
n = 20
k = 10


class Encode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(side * side, 512)
        self.linear2 = Linear(512, 256)
        self.linear3 = Linear(256, k * n)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.linear1(x.to(self.linear1.weight.dtype).flatten(-3)))
        x = F.relu(self.linear2(x))
        return self.linear3(x).unflatten(-1, (n, k))


class Decode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(k * n, 256)
        self.linear2 = Linear(256, 512)
        self.linear3 = Linear(512, side * side)

    def forward(self, z: Tensor) -> Tensor:
        z = F.relu(self.linear1(z.flatten(-2)))
        z = F.relu(self.linear2(z))
        return self.linear3(z).unflatten(-1, (1, side, side))


class DiscreteVae(Model):
    """A variational autoencoder whose code is a handful of categories; any estimator can train it,
    by one word.
    After Jang et al. 2017 (Categorical reparameterization) and Maddison et al. 2017, with one
    layer of latent variables.
    """

    program = "discrete_vae"
    inputs: ClassVar[dict[str, str]] = {"ink": "bool[1, side, side]"}
    fields: ClassVar[dict[str, str]] = {"z": "z", "x": "x", "recon": "recon", "rate": "rate"}
    losses = ("recon", "rate")
    nodes = ("z", "x")
    generated = ("z", "x")

    class Output(NamedTuple):
        z: Tensor
        x: Tensor
        recon: Tensor
        rate: Tensor
        loss: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.encode = Encode()
        self.decode = Decode()

    def forward(self, ink: Tensor) -> Output:
        code = Categorical(logits=self.encode(ink))
        p_z = Categorical.uniform(k)
        # z ~ code prior uniform via score(samples = 2, baseline = leave_one_out)
        z = score(code, samples=2, mode=self.mode)
        q_x = Bernoulli(logits=self.decode(z))
        # x ~ Bernoulli(logits = decode(z)) observe ink
        x = ink.float()
        recon = -log_prob(q_x, x, plates=3)
        rate = kl(code, p_z, plates=1)
        if self.training:
            loss = (
                rate.mean()
                + scored(recon, log_prob(code, z, plates=1), baseline="leave_one_out").mean()
            )
        else:
            loss = recon.mean() + rate.mean()
        return self.Output(z, x, recon, rate, loss)

    def generate(self, batch: int = 1, z: Tensor | None = None, x: Tensor | None = None) -> Output:
        """Draw from the model: nodes with a prior from it, observed nodes from their
        distributions. Nodes that are given keep their values; fields that generation does not
        compute are None.
        """
        if z is not None:
            batch = z.shape[0]
        if x is not None:
            batch = x.shape[0]
        # z ~ code prior uniform via score(samples = 2, baseline = leave_one_out)
        if z is not None:
            z_ = z
        else:
            z_ = score(
                Categorical(logits=torch.zeros(n, k, device=next(self.parameters()).device)).expand(
                    (batch, n)
                ),
                mode=self.mode,
            )
        # x ~ Bernoulli(logits = decode(z)) observe ink
        if x is not None:
            x_ = x
        else:
            x_ = score(Bernoulli(logits=self.decode(z_)), mode=self.mode)
        return self.Output(z_, x_, None, None, None)
