"""DropRes: the residual shortcut around a discrete node that training uses ever less and testing never."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from scgc.runtime.functions import broadcast_shapes


def dropres(
    x: Tensor,
    *,
    drop: Tensor | float,
    per: Literal["batch", "example"] = "batch",
    rank: int | None = None,
    calls: int = 1,
    training: bool,
) -> Tensor:
    """`x` with probability 1 - drop, else zeros; not rescaled (thesis 5.2.3, equations 5.17 and 5.18).

    per: one draw for the whole batch, or one for each example.
    rank: how many of x's last axes belong to one example; left out, the first axis alone is the batch.
    calls: x holds the examples of so many batches, one behind the other along its first axis; each has a draw
        of its own where one is drawn for the batch.
    drop: a tensor of it broadcasts with x.

    Outside training: zeros, a view of one.
    """
    if not training:
        shape = broadcast_shapes(x.shape, drop.shape) if isinstance(drop, Tensor) else x.shape
        return x.new_zeros(()).expand(shape)
    if calls > 1 and per == "batch":
        kept = torch.rand(calls, dtype=torch.float32, device=x.device) >= drop
        apart = x.reshape(calls, -1, *x.shape[1:]) * kept.view(calls, *(1,) * x.dim())
        return apart.flatten(0, 1)
    lead: tuple[int, ...] = ()
    if per == "example":
        rank = x.dim() - 1 if rank is None else rank
        lead = x.shape[: x.dim() - rank] + (1,) * rank
    return x * (torch.rand(lead, dtype=torch.float32, device=x.device) >= drop)
