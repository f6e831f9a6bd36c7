"""First and second derivatives of a loss, for tests that compare them with those of the expected cost."""

from __future__ import annotations

import torch
from torch import Tensor


def along(loss: Tensor, params: list[Tensor], directions: list[Tensor]) -> Tensor:
    """The second derivative along a direction, and what it is differentiated from, as one vector."""
    first = torch.autograd.grad(loss, params, create_graph=True)
    slope = sum((g * d).sum() for g, d in zip(first, directions, strict=True))
    assert isinstance(slope, Tensor)
    second = torch.autograd.grad(slope, params)
    return torch.cat([g.detach().flatten() for g in (*first, *second)])
