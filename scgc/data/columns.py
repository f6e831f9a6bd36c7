"""Data in memory: every field one tensor, so that a batch is indexing and no Python runs for an example."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Column:
    """One field of every example: entry i is `table[rows[i]]`, or `table[i]` where `rows` is None.

    With rows, examples share what they have in common: 30,000 pairs of digits hold each image once.
    """

    table: Tensor
    rows: Tensor | None = None

    def __len__(self) -> int:
        return len(self.table) if self.rows is None else len(self.rows)

    def take(self, chosen: Tensor) -> Tensor:
        """The entries `chosen` (int64 `[b]`), as `[b, ...]`."""
        return self.table.index_select(0, chosen if self.rows is None else self.rows[chosen])

    def subset(self, chosen: Tensor) -> Column:
        """The column of some of the examples, without copying the table where rows are kept."""
        return Column(self.table, chosen if self.rows is None else self.rows[chosen])

    def to(self, device: torch.device | str) -> Column:
        return Column(self.table.to(device), None if self.rows is None else self.rows.to(device))


Split = dict[str, Column]
"""The fields of one part of a data set."""


def columns(tensors: dict[str, Tensor]) -> Split:
    """Tensors with the examples in front, as they are."""
    return {name: Column(tensor) for name, tensor in tensors.items()}


def examples(split: Split) -> int:
    """How many examples a split has."""
    return len(next(iter(split.values()))) if split else 0


@dataclass(frozen=True)
class Loaded:
    """What reading a data set gives: its splits by name, and the `data.NAME` dimensions."""

    splits: dict[str, Split]
    dims: dict[str, int] = field(default_factory=dict)
