"""ListOps along a latent tree, but without discrete states between the rounds: the baseline "Arb."
of table 6.1.
The model of Paulus et al. (2020), with their distribution over whole trees (the matrix-tree
theorem). The variant
`each_token` has the simpler one of thesis 6.1.1 and A.1.1, by which every token picks its parent
by itself.

Written by scgc from listops_arb.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import (
    Arborescence,
    Linear,
    Model,
    dropout,
    length_mask,
    linear_of,
    marginals,
    masked_mean,
    propagate,
)

D = 60
V = 14
rounds = 5


class Parse(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.lstm1 = nn.LSTM(D, D, batch_first=True)
        self.lstm2 = nn.LSTM(D, D, batch_first=True)

    def forward(self, tokens: Tensor) -> Tensor:
        h = self.embedding(tokens)
        return self.lstm1(h)[0] @ self.lstm2(h)[0].mT


class Message(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2 * D, D)
        self.linear2 = Linear(D, D)

    def forward(self, dst: Tensor, src: Tensor) -> Tensor:
        h = F.relu(linear_of(self.linear1, [dst, src]))
        return F.relu(self.linear2(dropout(h, 0.1, training=self.training)))


class ListopsArb(Model):
    """ListOps along a latent tree, but without discrete states between the rounds: the baseline
    "Arb." of table 6.1.
    The model of Paulus et al. (2020), with their distribution over whole trees (the matrix-tree
    theorem). The variant
    `each_token` has the simpler one of thesis 6.1.1 and A.1.1, by which every token picks its
    parent by itself.
    """

    program = "listops_arb"
    inputs: ClassVar[dict[str, str]] = {
        "tokens": "class(V)[n]",
        "value": "class(10)",
        "parent": "class(n)[n]",
        "has_parent": "bool[n]",
    }
    sizes: ClassVar[dict[str, str]] = {"n": "50"}
    fields: ClassVar[dict[str, str]] = {
        "tree": "tree",
        "sends": "sends",
        "x": "x",
        "logits": "logits",
        "task": "task",
        "accuracy": "accuracy",
        "edge_precision": "edge_precision",
    }
    losses = ("task",)
    metrics = ("accuracy", "edge_precision")
    nodes = ("tree",)

    class Output(NamedTuple):
        tree: Tensor
        sends: Tensor
        x: Tensor
        logits: Tensor
        task: Tensor | None
        accuracy: Tensor | None
        edge_precision: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.linear1 = Linear(D, D)
        self.linear2 = Linear(D, 10, bias=False)
        self.parse = Parse()
        self.message = Message()

    def forward(
        self,
        tokens: Tensor,
        n: Tensor,
        value: Tensor | None = None,
        parent: Tensor | None = None,
        has_parent: Tensor | None = None,
    ) -> Output:
        # which entries are an example's own: `n` differs between examples
        n_mask = length_mask(n, tokens.shape[1])
        h = n_mask.unsqueeze(-1) & n_mask.unsqueeze(-2)
        # The latent parse tree, the only stochastic node: temperature and scale stay as they are.
        trees = Arborescence(torch.where(h, self.parse(tokens), -1000000000.0))
        # tree ~ trees via marginals(tau = 2)
        tree = marginals(trees, tau=2, mode=self.mode)
        sends = torch.arange(n_mask.shape[-1], device=tokens.device) > 0
        x = self.embedding(tokens)
        for r in range(rounds):
            h2 = propagate(
                self.message, x, x, tree, where=sends & n_mask, pointers=True, dense=self.training
            )
            x = x + h2
        h3 = F.relu(self.linear1(x[..., 0, :]))
        logits = self.linear2(h3)
        if parent is not None:
            h4 = torch.where(n_mask.unsqueeze(-2), tree, -1000000000.0).argmax(-1) == parent
        task = accuracy = loss = None
        if value is not None:
            task = F.cross_entropy(logits, value, reduction="none")
            accuracy = logits.argmax(-1) == value
            loss = task.mean()
        edge_precision = None
        if parent is not None and has_parent is not None:
            edge_precision = masked_mean(h4.float(), has_parent & n_mask, -1)
        return self.Output(tree, sends, x, logits, task, accuracy, edge_precision, loss)
