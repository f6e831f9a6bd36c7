"""Data in memory: every field one tensor, so that a batch is indexing and no Python runs for an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class Column:
    """One field of every example: entry i is `table[rows[i]]`, or `table[i]` where `rows` is None.

    With rows, examples share what they have in common: 30,000 pairs of digits hold each image once.
    """

    table: Tensor
    rows: Tensor | None = None
    lengths: Tensor | None = None

    def __len__(self) -> int:
        return len(self.table) if self.rows is None else len(self.rows)

    def take(self, chosen: Tensor) -> Tensor:
        """The entries `chosen` (int64 `[b]`), as `[b, ...]`."""
        return self.table.index_select(0, chosen if self.rows is None else self.rows[chosen])

    def subset(self, chosen: Tensor) -> Column:
        """The column of some of the examples, without copying the table where rows are kept."""
        return replace(self, rows=chosen if self.rows is None else self.rows[chosen])

    def to(self, device: torch.device | str) -> Column:
        return Column(self.table.to(device), None if self.rows is None else self.rows.to(device))


class Work(Protocol):
    """What `Computed` does with rows of its table; the tensors it needs for that move with the column."""

    def __call__(self, rows: Tensor) -> Tensor: ...

    def to(self, device: torch.device | str) -> Work: ...


@dataclass(frozen=True)
class Computed(Column):
    """A field too large to hold, worked out for each batch: entry i is `work` of the row that a column has.

    A set of classes of every example as `bool[classes]` is such a field. Nothing is computed where the
    program does not ask for it. The values are what the program's module takes: they are not converted.
    """

    work: Work = field(kw_only=True)

    def take(self, chosen: Tensor, widths: Mapping[str, int] | None = None) -> Tensor:
        """The entries `chosen` (int64 `[b]`), as `[b, ...]`; `widths` cut nothing."""
        return self.work(super().take(chosen))

    def to(self, device: torch.device | str) -> Column:
        moved = super().to(device)
        return Computed(moved.table, moved.rows, moved.lengths, work=self.work.to(device))


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
