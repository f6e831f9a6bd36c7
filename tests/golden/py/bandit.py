"""The smallest reason for an estimator: a choice whose reward has no derivative.

Written by scgc from bandit.scg.
"""

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from scgc.runtime import Categorical, Model, log_prob, score, scored, take

arms = 4


class Bandit(Model):
    """The smallest reason for an estimator: a choice whose reward has no derivative."""

    program = "bandit"
    inputs: ClassVar[dict[str, str]] = {"reward": "real[arms]"}
    fields: ClassVar[dict[str, str]] = {"a": "a", "regret": "regret"}
    losses = ("regret",)
    nodes = ("a",)

    class Output(NamedTuple):
        a: Tensor
        regret: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.empty(arms))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.zeros_(self.theta)

    def forward(self, reward: Tensor | None = None, batch: int = 1) -> Output:
        if reward is not None:
            batch = reward.shape[0]
        q_a = Categorical(logits=self.theta)
        # a ~ Categorical(logits = theta) via score(baseline = leave_one_out, samples = 4)
        a = score(q_a.expand((batch,)), samples=4, mode=self.mode)
        regret = loss = None
        if reward is not None:
            regret = -take(reward, a.argmax(-1))
            if self.training:
                loss = scored(regret, log_prob(q_a, a), baseline="leave_one_out").mean()
            else:
                loss = regret.mean()
        return self.Output(a, regret, loss)
