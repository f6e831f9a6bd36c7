"""Rewards of a multi-armed bandit, generated: arm i pays i / (arms - 1) on average, with noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded

TEST_ROUNDS = 1000


def read(request: Request) -> Loaded:
    """Every arm's reward in each round: the program sees only that of the arm it drew."""
    import torch

    from scgc.data.columns import Loaded, columns

    arms, rounds = request.count("arms"), request.count("rounds")
    noise = request.number("noise")
    random = torch.Generator().manual_seed(0)
    mean = torch.linspace(0, 1, arms)

    def draw(n: int) -> dict[str, torch.Tensor]:
        return {"reward": mean + noise * torch.randn(n, arms, generator=random)}

    return Loaded({"train": columns(draw(rounds)), "test": columns(draw(TEST_ROUNDS))})


DATA = (
    DataSet(
        "bandit(arms : dim = 4, rounds : dim = 8000, noise : number = 0.1)",
        fields={"reward": "real[arms]"},
        doc="The rewards of every arm of a bandit; the last arm pays best.",
        source="generated",
        licence="none needed",
        read=read,
    ),
)
