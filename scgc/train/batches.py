"""The order of the training data: every epoch another permutation, from a generator of its own.

The data's order depends on the seed alone, not on how much noise a model draws or how often it is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from scgc.data.columns import Split, examples

Batch = dict[str, Any]
"""Arguments of `forward`: tensors by input, or `batch` alone, a number, for a program without inputs."""

HELD = 4 << 30
"""Bytes of data up to which it is kept on the device."""


def place(split: Split, device: torch.device) -> Split:
    """The data on the device if it fits well, else where it is."""
    size = sum(c.table.nbytes + (0 if c.rows is None else c.rows.nbytes) for c in split.values())
    return {name: column.to(device) for name, column in split.items()} if size <= HELD else split


def training_batches(split: Split, batch: int, seed: int, device: torch.device) -> Iterator[Batch]:
    """Batches without end; the last of an epoch holds what is left."""
    generator = torch.Generator().manual_seed(seed)
    home = next(iter(split.values())).table.device
    while True:
        order = torch.randperm(examples(split), generator=generator).to(home)
        for start in range(0, len(order), batch):
            yield take(split, order[start : start + batch], device)


def ordered_batches(
    split: Split, batch: int, device: torch.device, limit: int | None = None
) -> Iterator[Batch]:
    """The data once, in its own order; only the first `limit` examples where that is given."""
    home = next(iter(split.values())).table.device
    count = examples(split) if limit is None else min(limit, examples(split))
    for start in range(0, count, batch):
        yield take(split, torch.arange(start, min(start + batch, count), device=home), device)


def take(split: Split, chosen: Tensor, device: torch.device) -> Batch:
    """The chosen examples of every field."""
    return {name: column.take(chosen).to(device) for name, column in split.items()}
