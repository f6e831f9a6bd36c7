"""Thesis table 6.3: how the answers to longer and longer queries are ranked, up to twice as long as
in training.

Written by scgc from kg_paths_lengths.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import (
    Model,
    dropres,
    filtered_rank,
    length_mask,
    pick,
    rank_quantile,
    row_cross_entropy,
    row_logits,
    select_row,
    stack_rounds,
)

D = 256


def complex_mul(x: Tensor, y: Tensor) -> Tensor:
    h = x[..., :D] * y[..., :D] - x[..., D:] * y[..., D:]
    return torch.cat([h, x[..., :D] * y[..., D:] + x[..., D:] * y[..., :D]], -1)


class KgPathsLengths(Model):
    """Thesis table 6.3: how the answers to longer and longer queries are ranked, up to twice as
    long as in training.
    """

    program = "kg_paths_lengths"
    inputs: ClassVar[dict[str, str]] = {
        "head": "class(N)",
        "path": "class(R)[hops]",
        "tail": "class(N)",
        "answers": "bool[N]",
        "candidates": "bool[N]",
    }
    sizes: ClassVar[dict[str, str]] = {"hops": "10"}
    fields: ClassVar[dict[str, str]] = {
        "s": "s",
        "s.z": "s_z",
        "logits": "logits",
        "link": "link",
        "mrr": "mrr",
        "hits": "hits",
        "quantile": "quantile",
    }
    losses = ("link",)
    metrics = ("mrr", "hits", "quantile")
    schedules = ("tau", "beta", "alpha")
    nodes = ("s.z",)

    class Output(NamedTuple):
        s: Tensor
        s_z: Tensor | None
        logits: Tensor | None
        link: Tensor | None
        mrr: Tensor | None
        hits: Tensor | None
        quantile: Tensor | None
        loss: Tensor | None

    def __init__(self, N: int, R: int) -> None:
        super().__init__()
        self.N = N
        self.R = R
        self.tau = 4.0
        self.register_buffer("beta", torch.zeros(()))
        self.register_buffer("alpha", torch.zeros(()))
        self.E = nn.Parameter(torch.empty(self.N, 2 * D))
        self.W = nn.Parameter(torch.empty(self.R, 2 * D))
        self.reset_parameters()
        self.advance()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.uniform_(self.E, -1, 1)
        nn.init.uniform_(self.W, -1, 1)

    def advance(
        self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0
    ) -> None:
        """Set the schedules: clock `t` in ticks, step, epoch, progress from 0 to 1."""
        # schedule beta = tau * (1 - exp(-0.008 * t))
        self.beta.fill_(self.tau * (1 - math.exp(-0.008 * t)))
        # schedule alpha = min(1, 0.005 * t)
        self.alpha.fill_(min(1, 0.005 * t))

    def follow(self, s: Tensor, r: Tensor) -> Tensor:
        """Where a relation leads, as far as multiplication can say."""
        return complex_mul(s, F.dropout(self.W[r], 0.2, training=self.training))

    def hop(self, s: Tensor, r: Tensor) -> tuple[Tensor, Tensor | None]:
        """One hop lands on exactly one entity: the one that ComplEx scores best, Re<s, r,
        conj(o)> over all o.
        """
        q = self.follow(s, r)
        # z ~ Categorical(logits = E @ q) via gumbel_softmax(tau, scale = beta)
        h, z = select_row(q, self.E, tau=self.tau, scale=self.beta, mode=self.mode)
        q = dropres(s, drop=self.alpha, training=self.training) + h
        return q, z

    def forward(
        self,
        head: Tensor,
        path: Tensor,
        hops: Tensor,
        tail: Tensor | None = None,
        answers: Tensor | None = None,
        candidates: Tensor | None = None,
    ) -> Output:
        # which entries are an example's own: `hops` differs between examples
        hops_mask = length_mask(hops, path.shape[1])
        s = F.dropout(self.E[head], 0.1, training=self.training)
        h = path[..., : hops_mask.shape[-1] - 1]
        s_z_rounds = []
        for i, r in enumerate(h.unbind(-1)):
            alive = hops_mask[..., 1:][..., i]
            next_s, s_z = self.hop(s, r)
            s_z_rounds.append(s_z)
            s = torch.where(alive[..., None], next_s, s)
        all_s_z = stack_rounds(s_z_rounds, -2)
        h2 = self.follow(s, pick(path, hops - 1, -1))
        logits = row_logits(h2, self.E, keep=not self.training or answers is not None)
        link = loss = None
        if tail is not None:
            link = row_cross_entropy(h2, self.E, tail, logits)
            loss = link.mean()
        mrr = hits = None
        if tail is not None and answers is not None:
            h3 = filtered_rank(logits, tail, answers)
            mrr = 1 / h3
            hits = h3 <= 10
        quantile = None
        if tail is not None and answers is not None and candidates is not None:
            quantile = rank_quantile(logits, tail, candidates & ~answers)
        return self.Output(s, all_s_z, logits, link, mrr, hits, quantile, loss)
