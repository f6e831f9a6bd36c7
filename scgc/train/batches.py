"""The order of the training data: every epoch another permutation, from a generator of its own.

The data's order depends on the seed alone, not on how much noise a model draws or how often it is evaluated.
Examples of different lengths come in batches of similar length, as wide as the longest: padding costs time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from scgc.data.columns import Column, Computed, Split, examples, lengths

Batch = dict[str, Any]
"""Arguments of `forward`: tensors by input, or `batch` alone, a number, for a program without inputs."""

TOGETHER = 50
"""Batches whose examples are sorted by length among themselves. More save more padding, fewer mix better."""

ORDERED = 16 << 20
"""Bytes of a field, over an epoch, up to which it is put in order at once: a batch is a slice of it."""

HELD = 4 << 30
"""Bytes of data up to which it is kept on the device."""


def place(split: Split, device: torch.device) -> Split:
    """The data on the device if it fits well, else where it is."""
    size = sum(c.table.nbytes + (0 if c.rows is None else c.rows.nbytes) for c in split.values())
    return {name: column.to(device) for name, column in split.items()} if size <= HELD else split


class TrainingBatches(Iterator[Batch]):
    """Batches without end, every example once an epoch; one batch of each holds what is left, the last where
    examples have no lengths.

    order: the state of the generator before it shuffled this epoch. position: batches of it given out.
    """

    def __init__(self, split: Split, batch: int, seed: int, device: torch.device) -> None:
        self.split, self.batch, self.device = split, batch, device
        self.each = lengths(split)
        self.home = next(iter(split.values())).table.device
        self.generator = torch.Generator().manual_seed(seed)
        self.order = self.generator.get_state()
        self.position = 0
        self._chosen: Tensor | None = None
        self._starts: list[int] = []
        self._ordered: Batch | None = None
        self._others = {name: column for name, column in split.items() if not _small(column)}

    @property
    def count(self) -> int:
        """How many examples there are."""
        return examples(self.split)

    def __next__(self) -> Batch:
        rows, widths = self.choose()
        if self._ordered is None:
            small = {name: column for name, column in self.split.items() if name not in self._others}
            self._ordered = take(small, self._placed, self.device, {})
        start = self._starts[self.position - 1]
        whole = {name: values[start : start + self.batch] for name, values in self._ordered.items()}
        others = take(self._others, rows, self.device, widths)
        return {name: whole[name] if name in whole else others[name] for name in self.split}

    def choose(self) -> tuple[Tensor, dict[str, int]]:
        """The examples of the next batch, where the data lies, and the widths of its sizes."""
        if self._chosen is None or self.position == len(self._starts):
            self._shuffle()
        assert self._chosen is not None
        start = self._starts[self.position]
        self.position += 1
        chosen = slice(start, start + self.batch)
        return self._placed[chosen], _widths(self.each, self._chosen[chosen])

    def _shuffle(self) -> None:
        """The next epoch."""
        self.order, self.position = self.generator.get_state(), 0
        order = torch.randperm(examples(self.split), generator=self.generator)
        turn = torch.arange(-(-len(order) // self.batch))
        if self.each:
            order = _grouped(order, _total(self.each)[order], self.batch * TOGETHER)
            turn = torch.randperm(len(turn), generator=self.generator)
        self._chosen, self._placed = order, order.to(self.home)
        self._ordered = None
        self._starts = (turn * self.batch).tolist()

    def go_on(self, order: Tensor, position: int) -> None:
        """Go to a place where another was: its `order` and `position`."""
        self.generator.set_state(order)
        self._chosen = None
        if position:
            self._shuffle()
        self.position = position


def training_batches(split: Split, batch: int, seed: int, device: torch.device) -> TrainingBatches:
    """The batches of a run."""
    return TrainingBatches(split, batch, seed, device)


def ordered_batches(
    split: Split, batch: int, device: torch.device, limit: int | None = None, as_given: bool = False
) -> Iterator[Batch]:
    """The data once; only the first `limit` examples where that is given.

    It comes in its own order, examples with lengths from the shortest to the longest: what is measured of a
    whole data set does not depend on it. as_given: in its own order in any case.
    """
    home = next(iter(split.values())).table.device
    count = examples(split) if limit is None else min(limit, examples(split))
    order = torch.arange(count)
    each = lengths(split)
    if each and count and not as_given:
        order = _grouped(order, _total(each)[order], count)
    placed = order.to(home)
    for start in range(0, count, batch):
        chosen = slice(start, start + batch)
        yield take(split, placed[chosen], device, _widths(each, order[chosen]))


def take(
    split: Split, chosen: Tensor, device: torch.device, widths: Mapping[str, int] | None = None
) -> Batch:
    """The chosen examples of every field; `widths` of the sizes, by default those of the longest chosen."""
    if widths is None:
        widths = _widths(lengths(split), chosen.cpu())
    return {name: column.take(chosen, widths).to(device) for name, column in split.items()}


def _small(column: Column) -> bool:
    """Whether the whole of a field may be put in order at once: it takes little memory and has one width."""
    if isinstance(column, Computed) or any(axis is not None for axis in column.axes):
        return False
    each = column.table.nbytes // max(1, len(column.table))
    return each * len(column) <= ORDERED


def _grouped(order: Tensor, length: Tensor, together: int) -> Tensor:
    """Examples sorted by their `length` within groups of `together`; in their order where it is the same."""
    group = torch.arange(len(order)) // max(together, 1)
    return order[(group * (int(length.max()) + 1) + length).argsort(stable=True)]


def _total(each: Mapping[str, Tensor]) -> Tensor:
    """The lengths of an example, one where a program has several sizes."""
    return torch.stack(list(each.values())).sum(0)


def _widths(each: Mapping[str, Tensor], chosen: Tensor) -> dict[str, int]:
    """The longest of the chosen examples, by size."""
    return {size: int(length[chosen].max()) for size, length in each.items()}
