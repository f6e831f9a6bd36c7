"""ListOps (thesis 6.1.1, A.1.1): a latent parse tree, five rounds of messages between all pairs of tokens.

The variant with the true tree multiplies the same messages by its adjacency matrix of zeros and ones.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwritten import ByHand


class ListOps(nn.Module):
    """`tau`, `beta` and `alpha` are set by the training script.

    true_tree: the parents are given, not inferred.
    """

    def __init__(self, true_tree: bool = False, dim: int = 60, rounds: int = 5) -> None:
        super().__init__()
        self.true_tree, self.rounds = true_tree, rounds
        self.E = nn.Parameter(torch.randn(14, dim))
        self.message = nn.Sequential(
            nn.Linear(2 * dim, dim), nn.ReLU(), nn.Dropout(0.1), nn.Linear(dim, dim), nn.ReLU()
        )
        self.read = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, 10, bias=False))
        if not true_tree:
            self.embedding = nn.Embedding(14, dim)
            self.queries = nn.LSTM(dim, dim, batch_first=True)
            self.keys = nn.LSTM(dim, dim, batch_first=True)
        self.tau, self.beta, self.alpha = 1.0, 0.0, 0.0

    def noise(self, logits: Tensor) -> Tensor:
        """Gumbel noise as in F.gumbel_softmax, which has no scale."""
        return -torch.empty_like(logits).exponential_().log()

    def sample(self, logits: Tensor) -> Tensor:
        if not self.training:
            return F.one_hot(logits.argmax(-1), logits.shape[-1]).float()
        return ((logits + self.beta * self.noise(logits)) / self.tau).softmax(-1)

    def parse(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """The weight of the edge from every token to every other one, as its parent: [B, n, n]."""
        h = self.embedding(tokens)
        queries, _ = self.queries(h)
        keys, _ = self.keys(h)
        logits = queries @ keys.transpose(1, 2)
        return self.sample(logits.masked_fill(~mask.unsqueeze(1), -1e9))

    def senders(self, mask: Tensor) -> Tensor:
        """The tokens that have a parent: all but the root."""
        return mask & (torch.arange(mask.shape[1], device=mask.device) > 0)

    def snap(self, x: Tensor) -> Tensor:
        v = self.sample(self.read(x)) @ self.E[-10:]
        if self.training and torch.rand(()) >= self.alpha:
            v = v + x
        return v

    def forward(self, tokens: Tensor, mask: Tensor, parent: Tensor | None) -> Tensor:
        """Logits of the result: [B, 10]."""
        if self.true_tree:
            assert parent is not None
            tree = F.one_hot(parent, parent.shape[1]).float()
        else:
            tree = self.parse(tokens, mask)
        weights = (tree * self.senders(mask).unsqueeze(2)).transpose(1, 2)  # from receiver i to sender j
        n = tokens.shape[1]
        e = x = self.E[tokens]
        for r in range(self.rounds):
            x_i = e.unsqueeze(2).expand(-1, -1, n, -1)
            x_j = x.unsqueeze(1).expand(-1, n, -1, -1)
            messages = self.message(torch.cat([x_i, x_j], -1))
            x = x + torch.einsum("bij,bijd->bid", weights, messages)
            if r < self.rounds - 1:
                x = self.snap(x)
        logits: Tensor = self.read(x[:, 0])
        return logits


def loss(model: ListOps, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Of tokens [B, n], value [B] and the true parent [B, n]; lengths `n`, [B], where examples are padded."""
    tokens = batch["tokens"]
    mask = torch.ones_like(tokens, dtype=torch.bool)
    if "n" in batch:
        mask = torch.arange(tokens.shape[1]) < batch["n"].unsqueeze(1)
    value = F.cross_entropy(model(tokens, mask, batch.get("parent")), batch["value"])
    return value, value


RENAMED = {
    "message.0": "message.linear1",
    "message.3": "message.linear2",
    "read.0": "read.linear1",
    "read.2": "read.linear2",
}
OF_THE_TREE = {"embedding": "parse.embedding", "queries": "parse.lstm1", "keys": "parse.lstm2"}

BY_HAND = ByHand(make=ListOps, loss=loss, renamed=RENAMED | OF_THE_TREE, sizes={"n": 40})
GROUND_TRUTH = ByHand(make=lambda: ListOps(true_tree=True), loss=loss, renamed=RENAMED, sizes={"n": 40})
