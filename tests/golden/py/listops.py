"""Evaluate nested list operations, inferring the parse tree on the way.
Thesis 6.1.1 and A.1.1: tables 6.1 and 6.2, figure 5.5.

Written by scgc from listops.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import (
    Categorical,
    Linear,
    Model,
    dropout,
    dropres,
    gumbel_softmax,
    length_mask,
    linear_of,
    masked_mean,
    propagate,
    stack_rounds,
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


class Read(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(D, D)
        self.linear2 = Linear(D, 10, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.linear1(x))
        return self.linear2(x)


class Listops(Model):
    """Evaluate nested list operations, inferring the parse tree on the way.
    Thesis 6.1.1 and A.1.1: tables 6.1 and 6.2, figure 5.5.
    """

    program = "listops"
    inputs: ClassVar[dict[str, str]] = {
        "tokens": "class(V)[n]",
        "value": "class(10)",
        "parent": "class(n)[n]",
        "has_parent": "bool[n]",
        "steps": "class(10)[n]",
        "is_operator": "bool[n]",
    }
    sizes: ClassVar[dict[str, str]] = {"n": "50"}
    fields: ClassVar[dict[str, str]] = {
        "numerals": "numerals",
        "tree": "tree",
        "sends": "sends",
        "e": "e",
        "x": "x",
        "x.z": "x_z",
        "logits": "logits",
        "task": "task",
        "accuracy": "accuracy",
        "edge_precision": "edge_precision",
        "step_accuracy": "step_accuracy",
    }
    losses = ("task",)
    metrics = ("accuracy", "edge_precision", "step_accuracy")
    schedules = ("tau", "beta", "alpha", "rate")
    nodes = ("tree", "x.z")

    class Output(NamedTuple):
        numerals: Tensor
        tree: Tensor
        sends: Tensor
        e: Tensor
        x: Tensor
        x_z: Tensor | None
        logits: Tensor
        task: Tensor | None
        accuracy: Tensor | None
        edge_precision: Tensor | None
        step_accuracy: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.tau = 1.0
        self.register_buffer("beta", torch.zeros(()))
        self.register_buffer("alpha", torch.zeros(()))
        self.rate = 0.0005
        self.E = nn.Parameter(torch.empty(V, D))
        self.parse = Parse()
        self.message = Message()
        self.read = Read()
        self.reset_parameters()
        self.advance()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.normal_(self.E, 0, 1)

    def advance(
        self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0
    ) -> None:
        """Set the schedules: clock `t` in ticks, step, epoch, progress from 0 to 1."""
        # schedule beta = tau * (1 - exp(-0.008 * t))
        self.beta.fill_(self.tau * (1 - math.exp(-0.008 * t)))
        # schedule alpha = min(1, 0.002 * t)
        self.alpha.fill_(min(1, 0.002 * t))

    def snap(self, x: Tensor, numerals: Tensor) -> tuple[Tensor, Tensor]:
        """Turn a node's state into one of ten numbers and back into a state."""
        # z ~ Categorical(logits = read(x)) via gumbel_softmax(tau, scale = beta)
        z = gumbel_softmax(
            Categorical(logits=self.read(x)), tau=self.tau, scale=self.beta, mode=self.mode
        )
        return dropres(x, drop=self.alpha, training=self.training) + z @ numerals, z

    def forward(
        self,
        tokens: Tensor,
        n: Tensor,
        value: Tensor | None = None,
        parent: Tensor | None = None,
        has_parent: Tensor | None = None,
        steps: Tensor | None = None,
        is_operator: Tensor | None = None,
    ) -> Output:
        # which entries are an example's own: `n` differs between examples
        n_mask = length_mask(n, tokens.shape[1])
        numerals = self.E[V - 10 :]
        h = torch.where(n_mask.unsqueeze(-2), self.parse(tokens), -1000000000.0)
        # The latent parse tree: every token picks its parent. - tree ~ Categorical(logits =
        # parse(tokens)) via gumbel_softmax(tau, scale = beta)
        tree = gumbel_softmax(Categorical(logits=h), tau=self.tau, scale=self.beta, mode=self.mode)
        sends = torch.arange(n_mask.shape[-1], device=tokens.device) > 0
        e = self.E[tokens]
        x = e
        x_z_rounds = []
        for r in range(rounds):
            h2 = propagate(
                self.message, e, x, tree, where=sends & n_mask, pointers=True, dense=self.training
            )
            x = x + h2
            if r < rounds - 1:
                x, x_z = self.snap(x, numerals)
                x_z_rounds.append(x_z)
        all_x_z = stack_rounds(x_z_rounds, -3)
        logits = self.read(x[..., 0, :])
        if parent is not None:
            h3 = torch.where(n_mask.unsqueeze(-2), tree, -1000000000.0).argmax(-1) == parent
        if steps is not None:
            h4 = (self.read(x).argmax(-1) == steps).float()
        task = accuracy = loss = None
        if value is not None:
            task = F.cross_entropy(logits, value, reduction="none")
            accuracy = logits.argmax(-1) == value
            loss = task.mean()
        edge_precision = None
        if parent is not None and has_parent is not None:
            edge_precision = masked_mean(h3.float(), has_parent & n_mask, -1)
        step_accuracy = None
        if steps is not None and is_operator is not None:
            step_accuracy = masked_mean(h4, is_operator & n_mask, -1)
        return self.Output(
            numerals,
            tree,
            sends,
            e,
            x,
            all_x_z,
            logits,
            task,
            accuracy,
            edge_precision,
            step_accuracy,
            loss,
        )
