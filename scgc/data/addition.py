"""Sums of digits: examples are rows of digits with the sum of their labels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scgc.data.columns import Column, Loaded, Split

SEED = 0
"""Of the pairing, which is part of the data set and not of a run."""


@dataclass(frozen=True)
class Digits:
    """Images `[n, 1, h, w]` in -1..1 and labels `[n]`."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


def sums(train: Digits, test: Digits, *, terms: int, examples: int) -> Loaded:
    """`examples` training examples of `terms` digits each; test examples that use each test digit once."""
    random = torch.Generator().manual_seed(SEED)
    train_rows = rows(len(train), terms, examples, random)
    test_rows = rows(len(test), terms, len(test) // terms, random)
    return Loaded({"train": _split(train, train_rows), "test": _split(test, test_rows)})


def rows(digits: int, terms: int, examples: int, random: torch.Generator) -> Tensor:
    """Which digits stand in each example, `[examples, terms]`: one random order of them after another."""
    orders = -(-examples * terms // digits)
    drawn = torch.cat([torch.randperm(digits, generator=random) for _ in range(orders)])
    return drawn[: examples * terms].reshape(examples, terms)


def _split(digits: Digits, rows: Tensor) -> Split:
    labels = digits.labels[rows]
    split: Split = {}
    for i, name in enumerate("abc"[: rows.shape[1]]):
        split[name] = Column(digits.images, rows[:, i].contiguous())
        split[f"digit_{name}"] = Column(labels[:, i].contiguous())
    split["total"] = Column(labels.sum(1))
    if rows.shape[1] > 2:
        split["sum_ab"] = Column(labels[:, :2].sum(1))
    return split
