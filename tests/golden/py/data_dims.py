"""Dimensions that only the data knows, and nets that capture parameters, schedules and other nets.

Written by scgc from data_dims.scg.
"""

import math
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Distribution

from scgc.runtime import Categorical, Linear, Model, Net, gumbel_softmax, kl, linear, over_leading

D = 8


class Hop(Net):
    def __init__(self, N: int) -> None:
        super().__init__()
        self.N = N
        self.linear = Linear(D, D)

    def forward(
        self, s: Tensor, r: Tensor, score: Callable[..., Any], tau: float, beta: Tensor, E: Tensor
    ) -> tuple[Tensor, Distribution, Distribution, Tensor]:
        q_z = Categorical(logits=score(s, r))
        p_z = Categorical.uniform(self.N)
        z = gumbel_softmax(q_z, tau=tau, scale=beta, mode=self.mode)
        return self.linear(s) + z @ E, q_z, p_z, z


class Read(nn.Module):
    def __init__(self, R: int) -> None:
        super().__init__()
        self.R = R
        self.embedding = nn.Embedding(self.R, D)
        self.linear = Linear(D, D)
        self.batchnorm = nn.BatchNorm1d(D)

    def forward(self, r: Tensor) -> Tensor:
        r = self.embedding(r)
        r = self.linear(r)
        return over_leading(self.batchnorm, r, 1)


class DataDims(Model):
    """Dimensions that only the data knows, and nets that capture parameters, schedules and other
    nets.
    """

    program = "data_dims"
    inputs: ClassVar[dict[str, str]] = {
        "head": "class(N)",
        "path": "class(R)[3]",
        "tail": "class(N)",
    }
    fields: ClassVar[dict[str, str]] = {
        "s": "s",
        "s1": "s1",
        "s1.z": "s1_z",
        "s2": "s2",
        "s2.z": "s2_z",
        "e": "e",
        "logits": "logits",
        "all": "all",
        "link": "link",
        "hit": "hit",
    }
    losses = ("link",)
    metrics = ("hit",)
    schedules = ("tau", "beta", "weight")
    nodes = ("s1.z", "s2.z")

    class Output(NamedTuple):
        s: Tensor
        s1: Tensor
        s1_z: Tensor
        s2: Tensor
        s2_z: Tensor
        e: Tensor
        logits: Tensor
        all: Tensor
        link: Tensor | None
        hit: Tensor | None
        loss: Tensor | None

    def __init__(self, N: int, R: int) -> None:
        super().__init__()
        self.N = N
        self.R = R
        self.tau = 4.0
        self.register_buffer("beta", torch.zeros(()))
        self.register_buffer("weight", torch.zeros(()))
        self.E = nn.Parameter(torch.empty(self.N, D))
        self.W = nn.Parameter(torch.empty(self.R, D))
        self.hop = nn.ModuleList(Hop(self.N) for _ in range(2))
        self.read = Read(self.R)
        self.reset_parameters()
        self.advance()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.uniform_(self.E, -1, 1)
        nn.init.uniform_(self.W, -1 / math.sqrt(D), 1 / math.sqrt(D))

    def advance(
        self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0
    ) -> None:
        """Set the schedules: clock `t` in ticks, step, epoch, progress from 0 to 1."""
        # schedule beta = tau * (1 - exp(-0.008 * t))
        beta = self.tau * (1 - math.exp(-0.008 * t))
        self.beta.fill_(beta)
        # schedule weight = max(beta, 1) + cosine(1, 2)
        self.weight.fill_(max(beta, 1) + (2 + 0.5 * (1 - 2) * (1 + math.cos(math.pi * progress))))

    def score(self, s: Tensor, r: Tensor) -> Tensor:
        q = F.dropout(s * self.W[r], 0.2, training=self.training)
        return linear(q, self.E)

    def forward(self, head: Tensor, path: Tensor, tail: Tensor | None = None) -> Output:
        s = F.dropout(self.E[head], 0.1, training=self.training)
        s1, s1_q_z, s1_p_z, s1_z = self.hop[0](
            s, path[..., 0], self.score, self.tau, self.beta, self.E
        )
        s2, s2_q_z, s2_p_z, s2_z = self.hop[1](
            s1, path[..., 1], self.score, self.tau, self.beta, self.E
        )
        e = self.read(path)
        logits = self.score(s2, path[..., 2])
        all = self.score(s2.unsqueeze(-2), path)
        link = hit = loss = None
        if tail is not None:
            h = F.cross_entropy(logits, tail, reduction="none") + 0.1 * kl(s1_q_z, s1_p_z)
            link = h + self.weight * e.mean((-2, -1))
            hit = logits.argmax(-1) == tail
            loss = link.mean()
        return self.Output(s, s1, s1_z, s2, s2_z, e, logits, all, link, hit, loss)
