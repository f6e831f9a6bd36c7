"""REINFORCE with a leave-one-out baseline (Kool et al. 2019) on a bandit."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Categorical

from handwritten import ByHand

SAMPLES = 4


class Bandit(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.zeros(4))

    def draw(self, q: Categorical, rounds: int) -> Tensor:
        """Arms: [samples, rounds]."""
        arms: Tensor = q.sample(torch.Size((SAMPLES, rounds)))  # type: ignore[no-untyped-call]
        return arms

    def forward(self, reward: Tensor) -> tuple[Tensor, Tensor]:
        """The mean regret, and the surrogate that has its gradient."""
        q = Categorical(logits=self.theta)
        arms = self.draw(q, len(reward))
        regret = -reward.expand(SAMPLES, -1, -1).gather(-1, arms.unsqueeze(-1)).squeeze(-1)
        baseline = (regret.sum(0) - regret) / (SAMPLES - 1)
        log_prob: Tensor = q.log_prob(arms)  # type: ignore[no-untyped-call]
        return regret.mean(), ((regret - baseline) * log_prob).mean()


def loss(model: Bandit, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    regret, surrogate = model(batch["reward"])
    return regret, surrogate


def replay(model: Bandit, out: Any) -> None:
    """Draw the arms that the compiled model drew."""
    model.draw = lambda q, rounds: out.a.argmax(-1)  # type: ignore[method-assign]


BY_HAND = ByHand(make=Bandit, loss=loss, replay=replay)
