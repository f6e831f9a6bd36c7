"""The functional update is that of PyTorch's optimiser, whatever the gradients look like in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import Parameter

from scgc.train.optimizers import build
from scgc.train.updating import Updating


def loss(parameters: Sequence[Tensor], step: int) -> Tensor:
    """The gradients are transposed, channels-first, and one number for all; the last is missing at times."""
    w, k, b = parameters
    image = torch.arange(150.0).view(2, 3, 5, 5) / 100
    total = (w.t() @ torch.arange(12.0).view(4, 3)).square().sum() + (image * k).sum()
    return total + b.sum() if step % 3 else total


def parameters() -> list[Parameter]:
    random = torch.Generator().manual_seed(0)
    w, b = torch.randn(4, 3, generator=random), torch.randn(5, generator=random)
    k = torch.randn(2, 3, 5, 5, generator=random).to(memory_format=torch.channels_last)
    return [Parameter(p) for p in (w, k, b)]


@pytest.mark.parametrize(
    ("name", "options"),
    [("adam", {"lr": 0.1, "amsgrad": True}), ("adamw", {"lr": 0.1}), ("sgd", {"lr": 0.1, "momentum": 0.9})],
)
def test_it_is_the_update_of_the_optimiser(name: str, options: dict[str, float]) -> None:
    ours, theirs = parameters(), parameters()
    updating = Updating(build(name, options, ours), ours)
    plain: Any = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[name]
    optimizer = plain(theirs, **options)
    for step in range(1, 8):
        updating(torch.autograd.grad(loss(ours, step), ours, allow_unused=True))
        optimizer.zero_grad()
        loss(theirs, step).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b)
