"""Nets and functions mapped over leading axes, of values with and without a batch.

Written by scgc from mapped.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from scgc.runtime import (
    Categorical,
    Linear,
    Model,
    Net,
    Normal,
    kl,
    linear_of,
    log_prob,
    pathwise,
    score,
    scored,
    spread,
)

n = 5
D = 4


def distance(a: Tensor, b: Tensor) -> Tensor:
    return ((a - b) ** 2).sum(-1)


class Pick(Net):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2 * D, 3)
        self.linear2 = Linear(3, D)

    def forward(
        self, u: Tensor, w: Tensor
    ) -> tuple[Tensor, Distribution, Distribution, Tensor, Tensor]:
        q_z = Categorical(logits=linear_of(self.linear1, [u, w]))
        p_z = Categorical.uniform(3)
        # z ~ Categorical(logits = linear(concat(u, w), 3)) prior uniform via score
        z = score(q_z, mode=self.mode)
        # g ~ Normal(mean = zeros(2), std = 1)
        g = pathwise(
            Normal(torch.zeros(2, device=u.device), 1).expand((*u.shape[:-1], 2)), mode=self.mode
        )
        y = self.linear2(z)
        return y + g.sum(-1)[..., None], q_z, p_z, z, g


class Mapped(Model):
    """Nets and functions mapped over leading axes, of values with and without a batch."""

    program = "mapped"
    inputs: ClassVar[dict[str, str]] = {"x": "real[n, D]", "c": "real[D]"}
    fields: ClassVar[dict[str, str]] = {
        "both": "both",
        "both.z": "both_z",
        "both.g": "both_g",
        "single": "single",
        "single.z": "single_z",
        "single.g": "single_g",
        "table": "table",
        "table.z": "table_z",
        "table.g": "table_g",
        "same": "same",
        "same.z": "same_z",
        "same.g": "same_g",
        "s": "s",
        "t": "t",
        "u": "u",
        "w": "w",
        "first": "first",
        "second": "second",
    }
    losses = ("first", "second")
    nodes = ("both.z", "both.g", "single.z", "single.g", "table.z", "table.g", "same.z", "same.g")

    class Output(NamedTuple):
        both: Tensor
        both_z: Tensor
        both_g: Tensor
        single: Tensor
        single_z: Tensor
        single_g: Tensor
        table: Tensor
        table_z: Tensor
        table_g: Tensor
        same: Tensor
        same_z: Tensor
        same_g: Tensor
        s: Tensor
        t: Tensor
        u: Tensor
        w: Tensor
        first: Tensor
        second: Tensor
        loss: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.T = nn.Parameter(torch.empty(n, D))
        self.pick = Pick()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.uniform_(self.T, -1 / math.sqrt(D), 1 / math.sqrt(D))

    def forward(self, x: Tensor, c: Tensor) -> Output:
        batch = x.shape[0]
        both, both_q_z, both_p_z, both_z, both_g = self.pick(x, spread(c, (n,), 1))
        single, single_q_z, single_p_z, single_z, single_g = self.pick(
            c, self.T[0].expand(batch, -1)
        )
        table, table_q_z, table_p_z, table_z, table_g = self.pick(
            self.T.expand(batch, -1, -1), spread(c, (n,), 1)
        )
        same, same_q_z, same_p_z, same_z, same_g = self.pick(x, self.T.expand(batch, -1, -1))
        s = distance(self.T.expand(batch, -1, -1), c.unsqueeze(-2))
        t = distance(self.T, self.T[1].expand(n, -1))
        u = distance(x, self.T.expand(batch, -1, -1))
        w = distance(both, single.unsqueeze(-2))
        h = both.sum((-2, -1)) + single.sum(-1) + kl(both_q_z, both_p_z, plates=1)
        first = h + s.sum(-1) + t.sum(-1) + u.sum(-1) + w.sum(-1) + same.mean((-2, -1))
        second = table.sum((-2, -1))
        if self.training:
            cost = scored(first, log_prob(same_q_z, same_z, plates=1))
            cost = scored(cost, log_prob(single_q_z, single_z))
            loss = (
                scored(second, log_prob(table_q_z, table_z, plates=1)).mean()
                + scored(cost, log_prob(both_q_z, both_z, plates=1)).mean()
            )
        else:
            loss = first.mean() + second.mean()
        return self.Output(
            both,
            both_z,
            both_g,
            single,
            single_z,
            single_g,
            table,
            table_z,
            table_g,
            same,
            same_z,
            same_g,
            s,
            t,
            u,
            w,
            first,
            second,
            loss,
        )
