"""A variational autoencoder with continuous, categorical and binary latents, some of them observed
where known.

Written by scgc from mixed_vae.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import (
    Bernoulli,
    Categorical,
    Linear,
    Model,
    Normal,
    kl,
    log_prob,
    pathwise,
    score,
    scored,
)


class Encode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = Linear(12, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x).tanh()


class MixedVae(Model):
    """A variational autoencoder with continuous, categorical and binary latents, some of them
    observed where known.
    """

    program = "mixed_vae"
    inputs: ClassVar[dict[str, str]] = {"x": "real[12]", "kind": "class(5)"}
    fields: ClassVar[dict[str, str]] = {
        "h": "h",
        "z": "z",
        "noise": "noise",
        "k": "k",
        "bits": "bits",
        "image": "image",
        "x_hat": "x_hat",
        "recon": "recon",
        "rate": "rate",
        "kinds": "kinds",
        "right": "right",
    }
    losses = ("recon", "rate", "kinds")
    metrics = ("right",)
    nodes = ("z", "noise", "k", "bits", "x_hat")
    generated = ("z", "k", "bits", "x_hat")

    class Output(NamedTuple):
        h: Tensor
        z: Tensor
        noise: Tensor
        k: Tensor
        bits: Tensor
        image: Tensor
        x_hat: Tensor
        recon: Tensor
        rate: Tensor
        kinds: Tensor | None
        right: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(6, 3)
        self.linear2 = Linear(6, 3)
        self.linear3 = Linear(3, 5)
        self.linear4 = Linear(6, 4)
        self.linear5 = Linear(3, 12)
        self.linear6 = Linear(5, 12)
        self.linear7 = Linear(3, 5)
        self.encode = Encode()

    def forward(self, x: Tensor, kind: Tensor | None = None) -> Output:
        batch = x.shape[0]
        h = self.encode(x)
        q_z = Normal(self.linear1(h), logvar=self.linear2(h))
        p_z = Normal(torch.tensor(0.0, device=x.device), 1)
        # z ~ Normal(mean = linear(h, 3), logvar = linear(h, 3)) prior Normal(0, 1)
        z = pathwise(q_z, mode=self.mode)
        # noise ~ Normal(0, 1)
        noise = pathwise(
            Normal(torch.tensor(0.0, device=x.device), 1).expand((batch,)), mode=self.mode
        )
        q_k = Categorical(logits=self.linear3(z))
        # k ~ Categorical(logits = linear(z, 5)) prior uniform observe kind
        if kind is not None:
            k = F.one_hot(kind, 5).to(self.linear1.weight.dtype)
        else:
            k = score(q_k, mode=self.mode)
        q_bits = Bernoulli(logits=self.linear4(torch.cat([z, z], -1)))
        p_bits = Bernoulli(probs=torch.tensor(0.3, device=x.device))
        bits = score(q_bits, samples=3, mode=self.mode)
        h2 = self.linear5(z) + noise[..., None] + bits.sum(-1)[..., None]
        image = h2 + self.linear6(k)
        q_x_hat = Normal(image, 1)
        # x_hat ~ Normal(mean = image, std = 1) observe x
        x_hat = x
        recon = -log_prob(q_x_hat, x_hat, plates=1)
        rate = kl(q_z, p_z, plates=1) + kl(q_bits, p_bits, plates=1)
        kinds = right = loss = None
        if kind is not None:
            kinds = -log_prob(q_k, k)
            right = Categorical(logits=self.linear7(z)).mean.argmax(-1) == kind
            if self.training:
                loss = (
                    rate.mean()
                    + kinds.mean()
                    + scored(recon, log_prob(q_bits, bits, plates=1)).mean()
                )
            else:
                loss = recon.mean() + rate.mean() + kinds.mean()
        return self.Output(h, z, noise, k, bits, image, x_hat, recon, rate, kinds, right, loss)

    def generate(
        self,
        batch: int = 1,
        z: Tensor | None = None,
        noise: Tensor | None = None,
        k: Tensor | None = None,
        bits: Tensor | None = None,
        x_hat: Tensor | None = None,
    ) -> Output:
        """Draw from the model: nodes with a prior from it, observed nodes from their
        distributions. Nodes that are given keep their values; fields that generation does not
        compute are None.
        """
        if z is not None:
            batch = z.shape[0]
        if noise is not None:
            batch = noise.shape[0]
        if k is not None:
            batch = k.shape[0]
        if bits is not None:
            batch = bits.shape[0]
        if x_hat is not None:
            batch = x_hat.shape[0]
        # z ~ Normal(mean = linear(h, 3), logvar = linear(h, 3)) prior Normal(0, 1)
        if z is not None:
            z_ = z
        else:
            z_ = score(
                Normal(torch.tensor(0.0, device=next(self.parameters()).device), 1).expand(
                    (batch, 3)
                ),
                mode=self.mode,
            )
        # noise ~ Normal(0, 1)
        if noise is not None:
            noise_ = noise
        else:
            noise_ = pathwise(
                Normal(torch.tensor(0.0, device=next(self.parameters()).device), 1).expand(
                    (batch,)
                ),
                mode=self.mode,
            )
        # k ~ Categorical(logits = linear(z, 5)) prior uniform observe kind
        if k is not None:
            k_ = k
        else:
            k_ = score(
                Categorical(logits=torch.zeros(5, device=next(self.parameters()).device)).expand(
                    (batch,)
                ),
                mode=self.mode,
            )
        if bits is not None:
            bits_ = bits
        else:
            bits_ = score(
                Bernoulli(probs=torch.tensor(0.3, device=next(self.parameters()).device)).expand(
                    (batch, 4)
                ),
                mode=self.mode,
            )
        h = self.linear5(z_) + noise_[..., None] + bits_.sum(-1)[..., None]
        image = h + self.linear6(k_)
        # x_hat ~ Normal(mean = image, std = 1) observe x
        if x_hat is not None:
            x_hat_ = x_hat
        else:
            x_hat_ = pathwise(Normal(image, 1), mode=self.mode)
        return self.Output(None, z_, noise_, k_, bits_, image, x_hat_, None, None, None, None, None)
