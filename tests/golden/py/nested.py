"""Nets inside nets, in copies.

Written by scgc from nested.scg.
"""

from typing import ClassVar, NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import GRUCell, Linear, Model, Net, Normal, linear_of, pathwise, recurrent

d = 4


def spread_mix(a: Tensor, b: Tensor) -> Tensor:
    return 0.5 * (a + b)


class SpreadForth(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = Linear(2 * d, 2 * d)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return F.leaky_relu(linear_of(self.linear, [a, b]))


class SpreadUpdate(Net):
    def __init__(self) -> None:
        super().__init__()
        self.gru_cell = GRUCell(2 * d, d)

    def forward(self, h: Tensor, m: Tensor) -> tuple[Tensor, Tensor]:
        # z ~ Normal(mean = h, std = 1)
        z = pathwise(Normal(h, 1), mode=self.mode)
        return recurrent(self.gru_cell, m, h) + z, z


class Spread(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.forth = nn.ModuleList(SpreadForth() for _ in range(2))
        self.update = SpreadUpdate()

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        m = self.forth[0](h, h) + self.forth[1](h, h[..., 0, :].unsqueeze(-2))
        new, new_z = self.update(h, m)
        return spread_mix(new, h), new_z


class Nested(Model):
    """Nets inside nets, in copies."""

    program = "nested"
    inputs: ClassVar[dict[str, str]] = {"h": "real[V, d]"}
    fields: ClassVar[dict[str, str]] = {
        "g": "g",
        "g.new.z": "g_new_z",
        "k": "k",
        "k.new.z": "k_new_z",
        "out": "out",
    }
    losses = ("out",)
    nodes = ("g.new.z", "k.new.z")

    class Output(NamedTuple):
        g: Tensor
        g_new_z: Tensor
        k: Tensor
        k_new_z: Tensor
        out: Tensor
        loss: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.spread = nn.ModuleList(Spread() for _ in range(2))

    def forward(self, h: Tensor) -> Output:
        g, g_new_z = self.spread[0](h)
        k, k_new_z = self.spread[1](g)
        out = k.mean((-2, -1))
        loss = out.mean()
        return self.Output(g, g_new_z, k, k_new_z, out, loss)
