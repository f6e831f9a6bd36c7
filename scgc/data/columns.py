"""Data in memory: every field one tensor, so that a batch is indexing and no Python runs for an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from scgc.data.factors import GroundTruth


@dataclass(frozen=True)
class Axis:
    """What the axis of a column follows: `n - 1` is the size `n` with the offset -1."""

    size: str
    offset: int = 0


@dataclass(frozen=True)
class Column:
    """One field of every example: entry i is `table[rows[i]]`, or `table[i]` where `rows` is None.

    With rows, examples share what they have in common: 30,000 pairs of digits hold each image once.

    lengths: what a data set says of rows of different lengths, int64, one a row of `table`; beyond it the
    first axis of a row is padding, and so is every further axis that has the same size in the input's type.
    axes: after `fit`, what each axis of an entry follows; None for one of the same width in every example.
    """

    table: Tensor
    rows: Tensor | None = None
    lengths: Tensor | None = None
    axes: tuple[Axis | None, ...] = ()

    def __len__(self) -> int:
        return len(self.table) if self.rows is None else len(self.rows)

    def take(self, chosen: Tensor, widths: Mapping[str, int] | None = None) -> Tensor:
        """The entries `chosen` (int64 `[b]`), as `[b, ...]`, cut to the `widths` of the sizes it follows."""
        table = self.table
        for i, axis in enumerate(self.axes, start=1):
            if axis is not None and widths is not None:
                table = table.narrow(i, 0, min(widths[axis.size] + axis.offset, table.shape[i]))
        return table.index_select(0, chosen if self.rows is None else self.rows[chosen])

    def subset(self, chosen: Tensor) -> Column:
        """The column of some of the examples, without copying the table."""
        return replace(self, rows=chosen if self.rows is None else self.rows[chosen])

    def to(self, device: torch.device | str) -> Column:
        rows, lengths = (None if t is None else t.to(device) for t in (self.rows, self.lengths))
        return Column(self.table.to(device), rows, lengths, self.axes)


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
"""The fields of one part of a data set; after `fit` also the lengths, by the names of the sizes."""


def columns(tensors: dict[str, Tensor]) -> Split:
    """Tensors with the examples in front, as they are."""
    return {name: Column(tensor) for name, tensor in tensors.items()}


def examples(split: Split) -> int:
    """How many examples a split has."""
    return len(next(iter(split.values()))) if split else 0


def lengths(split: Split) -> dict[str, Tensor]:
    """The length of every example, int64 `[examples]` on the CPU, by size; after `fit`."""
    sizes = sorted({axis.size for column in split.values() for axis in column.axes if axis is not None})
    every = torch.arange(examples(split))
    return {name: split[name].to("cpu").take(every) for name in sizes}


@dataclass(frozen=True)
class Loaded:
    """What reading a data set gives: its splits by name, and the `data.NAME` dimensions.

    truth: what any combination of factors looks like, where the data set knows. factors: after `fit`, of each
    part that has them, `[examples, factors]`; no input of the program needs to be called so.
    """

    splits: dict[str, Split]
    dims: dict[str, int] = field(default_factory=dict)
    truth: GroundTruth | None = None
    factors: dict[str, Column] = field(default_factory=dict)
