"""Why a larger Gumbel scale keeps gradients alive after saturation. Thesis 5.2.2, figure 5.4.

Written by scgc from scale_toy.scg.
"""

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from scgc.runtime import Categorical, Model, cross_entropy, gumbel_softmax


class ScaleToy(Model):
    """Why a larger Gumbel scale keeps gradients alive after saturation. Thesis 5.2.2, figure
    5.4.
    """

    program = "scale_toy"
    fields: ClassVar[dict[str, str]] = {"z": "z", "error": "error"}
    losses = ("error",)
    schedules = ("beta",)
    nodes = ("z",)

    class Output(NamedTuple):
        z: Tensor
        error: Tensor
        loss: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.beta = 1.0
        self.theta = nn.Parameter(torch.empty(2))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.zeros_(self.theta)

    def forward(self, batch: int = 1) -> Output:
        # z ~ Categorical(logits = theta) via gumbel_softmax(tau = 1, scale = beta)
        z = gumbel_softmax(
            Categorical(logits=self.theta).expand((batch,)), scale=self.beta, mode=self.mode
        )
        error = cross_entropy(z.clamp(min=1e-30).log(), 0)
        loss = error.mean()
        return self.Output(z, error, loss)
