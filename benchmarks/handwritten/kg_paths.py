"""Multi-hop queries in a knowledge graph (thesis 6.1.2): ComplEx scores of every entity, a relaxed hop."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwritten import ByHand


class KgPaths(nn.Module):
    """`tau`, `beta` and `alpha` are set by the training script."""

    def __init__(self, entities: int = 14_541, relations: int = 474, dim: int = 256) -> None:
        super().__init__()
        self.E = nn.Parameter(torch.empty(entities, 2 * dim).uniform_(-1, 1))
        self.W = nn.Parameter(torch.empty(relations, 2 * dim).uniform_(-1, 1))
        self.tau, self.beta, self.alpha = 4.0, 0.0, 0.0

    def noise(self, logits: Tensor) -> Tensor:
        """Gumbel noise as in F.gumbel_softmax, which has no scale."""
        return -torch.empty_like(logits).exponential_().log()

    def score(self, s: Tensor, r: Tensor) -> Tensor:
        """Logits of all entities: Re<s, r, conj(o)>."""
        a, b = s.chunk(2, 1)
        c, d = F.dropout(self.W[r], 0.2, self.training).chunk(2, 1)
        return torch.cat([a * c - b * d, a * d + b * c], 1) @ self.E.t()

    def hop(self, s: Tensor, r: Tensor) -> Tensor:
        logits = self.score(s, r)
        if not self.training:
            return self.E[logits.argmax(-1)]
        z = ((logits + self.beta * self.noise(logits)) / self.tau).softmax(-1)
        v = z @ self.E
        if torch.rand(()) >= self.alpha:
            v = v + s
        return v

    def forward(self, head: Tensor, path: Tensor) -> Tensor:
        """[B] entities and [B, hops] relations to [B, entities] logits."""
        s = F.dropout(self.E[head], 0.1, self.training)
        for r in path[:, :-1].unbind(1):
            s = self.hop(s, r)
        return self.score(s, path[:, -1])


def loss(model: KgPaths, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    value = F.cross_entropy(model(batch["head"], batch["path"]), batch["tail"])
    return value, value


BY_HAND = ByHand(make=KgPaths, loss=loss, dims={"N": 14_541, "R": 474}, sizes={"hops": 3})
