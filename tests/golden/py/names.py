"""Names that Python and PyTorch have taken.

Written by scgc from names.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from scgc.runtime import Categorical, Linear, Model, Normal, linear, pathwise, score

F_ = 3
nn_ = 2


class Class(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(F_, F_)
        self.linear2 = Linear(F_, F_)

    def forward(self, input: Tensor, λ: float, loss: Tensor) -> Tensor:
        super_ = self.linear1(input)
        relu2 = super_ * λ + self.linear2(super_)
        return relu2 * loss


class Names(Model):
    """Names that Python and PyTorch have taken."""

    program = "names"
    inputs: ClassVar[dict[str, str]] = {
        "self_": "real[F]",
        "forward": "real[F]",
        "lambda_": "real[F]",
    }
    fields: ClassVar[dict[str, str]] = {
        "kl": "kl",
        "log_prob": "log_prob",
        "log_prob.mode": "log_prob_mode",
        "count": "count_",
        "index": "index_",
        "Tensor": "Tensor",
        "scored": "scored",
        "float": "float",
    }
    losses = ("scored",)
    metrics = ("float",)
    schedules = ("λ", "loss")
    nodes = ("log_prob.mode", "index")

    class Output(NamedTuple):
        kl: Tensor
        log_prob: Tensor
        log_prob_mode: Tensor
        count_: Tensor
        index_: Tensor
        Tensor: Tensor
        scored: Tensor
        float: Tensor
        loss: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.λ = 2.0
        self.register_buffer("loss", torch.zeros(()))
        self.training_ = nn.Parameter(torch.empty(F_))
        self.C = nn.Parameter(torch.empty(nn_, F_))
        self.class_ = Class()
        self.reset_parameters()
        self.advance()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.uniform_(self.training_, -1 / math.sqrt(F_), 1 / math.sqrt(F_))
        nn.init.uniform_(self.C, -1 / math.sqrt(F_), 1 / math.sqrt(F_))

    def advance(
        self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0
    ) -> None:
        """Set the schedules: clock `t` in ticks, step, epoch, progress from 0 to 1."""
        # schedule loss = 0.1 * t
        self.loss.fill_(0.1 * t)

    def kl_net(self, x: Tensor) -> tuple[Tensor, Tensor]:
        # mode ~ Normal(mean = x, std = 1)
        mode = pathwise(Normal(x, 1), mode=self.mode)
        return linear(mode, self.C), mode

    def forward(self, self_: Tensor, forward: Tensor, lambda_: Tensor) -> Output:
        h, h2 = self.class_(torch.cat([self_, forward]), self.λ, self.loss).chunk(2)
        kl = h + h2
        log_prob, log_prob_mode = self.kl_net(lambda_)
        count = kl.sum(-1) + self.training_.sum(-1)
        q_index = Categorical(logits=log_prob)
        # index ~ Categorical(logits = log_prob) via score
        index = score(q_index, mode=self.mode)
        Tensor_ = index
        scored = log_prob.sum(-1) + count
        float_ = count
        loss = scored.mean()
        return self.Output(kl, log_prob, log_prob_mode, count, index, Tensor_, scored, float_, loss)
