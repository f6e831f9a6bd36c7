"""The lengths of examples, a part of `fit`: what the axes of an input follow, how long each example is, and
which entries of a padded table are there.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from scgc.data.columns import Axis, Column, Split, examples
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.data import DataMismatch, UnboundDim, ValueOutOfRange
from scgc.ir.dims import Dim
from scgc.ir.graph import Input
from scgc.ir.types import TensorType
from scgc.source import Span

Most = Mapping[str, int]
"""The sizes of a program with their bounds."""


class Lengths(NamedTuple):
    """Those of one size: `each`, int64 `[examples]`, and whether the data told them; where it does not, every
    example is as long as its array is wide."""

    each: Tensor
    told: bool

    @property
    def longest(self) -> int:
        return int(self.each.max()) if len(self.each) else 1


@dataclass(frozen=True)
class Wanted:
    """An input whose type is worked out as far as one example's length allows.

    axes: what those of `type.stored` follow. limit: of the number of classes.
    """

    name: str
    type: TensorType
    axes: tuple[Axis | None, ...]
    limit: Axis | None
    span: Span | None

    @classmethod
    def of(cls, declared: Input, known: Mapping[str, Dim], most: Most, span: Span | None) -> Wanted:
        """Raises ProgramError (SCG506) where a dimension stays open."""
        type_ = declared.type.substitute(known)
        axes = tuple(_axis(d, most, span) for d in type_.stored)
        limit = None if type_.size is None else _axis(type_.size, most, span)
        return cls(declared.name, type_, axes, limit, span)

    @property
    def sizes(self) -> frozenset[str]:
        """The sizes that its axes and classes follow."""
        return frozenset(axis.size for axis in (*self.axes, self.limit) if axis is not None)


def _axis(dim: Dim, most: Most, span: Span | None) -> Axis | None:
    axis = follows(dim, most)
    if axis is None and dim.symbols:
        unknown = min((s for s in dim.symbols if s not in most), default=None)
        advice = "the data set does not say; write a number, or choose data that knows it."
        if unknown is None:
            advice = "of an input's axes, data can only fill a size, or a size plus or minus a number."
        raise ProgramError((UnboundDim(span=span, name=unknown or str(dim), advice=advice),))
    return axis


def follows(dim: Dim, sizes: Container[str]) -> Axis | None:
    """The size of these that a dimension is, or is but for a number added to it."""
    name = min(dim.symbols, default="")
    offset = (dim - Dim.of(name)).value
    return Axis(name, offset) if name in sizes and offset is not None else None


def find_lengths(part: str, split: Split, wanted: Sequence[Wanted], most: Most) -> dict[str, Lengths]:
    """The lengths by size, of the inputs in a split. Raises ProgramError (SCG503, SCG504)."""
    found: dict[str, Lengths] = {}
    for size in most:
        users = [w for w in wanted if size in w.sizes]
        lengths = _named(part, size, split) if size in split and users else _of_inputs(size, split, users)
        if lengths is None:
            continue
        place = first((lengths.each < 1) | (lengths.each > most[size]))
        if place is not None:
            told = f"an example of length {int(lengths.each[place])} (example {place} of the {part} data)"
            expected, user = f"`{size}` goes from 1 to {most[size]}", users[0]
            raise ProgramError(
                (
                    ValueOutOfRange(
                        span=user.span, name=user.name, type=str(user.type), value=told, expected=expected
                    ),
                )
            )
        found[size] = lengths
    return found


def _named(part: str, size: str, split: Split) -> Lengths:
    """An array with the name of the size."""
    table = split[size].table
    if table.dim() != 1 or table.is_floating_point() or table.dtype == torch.bool:
        expected = "one whole number an example, the length that the size of this name stands for"
        raise ProgramError((DataMismatch(span=None, name=size, expected=expected, found=f"{kind(table)}"),))
    return Lengths(split[size].take(torch.arange(examples(split))).long(), told=True)


def kind(table: Tensor) -> str:
    """What an array holds, in words."""
    shape = "[" + ", ".join(map(str, table.shape[1:])) + "]"
    what = "fractional numbers" if table.is_floating_point() else "values"
    return f"{what} of the shape {shape}"


def _of_inputs(size: str, split: Split, users: Sequence[Wanted]) -> Lengths | None:
    """The first lengths that a column has; else the width of the first."""
    width = None
    for user in users:
        column, i = split[user.name], _position(user, size)
        if i is None or column.table.dim() < i + 2:
            continue
        axis = user.axes[i]
        assert axis is not None
        own = column.lengths
        if own is not None and i == 0:
            each = own if column.rows is None else own[column.rows]
            return Lengths(each - axis.offset, told=True)
        if width is None:
            width = column.table.shape[i + 1] - axis.offset
    return None if width is None else Lengths(torch.full((examples(split),), width), told=False)


def _position(user: Wanted, size: str) -> int | None:
    """The first axis that follows a size; one-hot vectors do not count, they may stand as classes."""
    within = user.axes[: len(user.type.shape)]
    return next((i for i, axis in enumerate(within) if axis is not None and axis.size == size), None)


def by_row(column: Column, lengths: Mapping[str, Tensor]) -> tuple[Column, dict[str, Tensor]]:
    """Lengths a row of the table in place of lengths an example; 0 for a row that no example has.

    Where examples share a row and differ in length, the column gets a row for each of them.
    """
    if column.rows is None:
        return column, dict(lengths)
    found = {}
    for size, each in lengths.items():
        rows = torch.zeros(len(column.table), dtype=torch.int64)
        rows[column.rows] = each
        if not torch.equal(rows[column.rows], each):
            own = None if column.lengths is None else column.lengths[column.rows]
            return Column(column.table[column.rows], lengths=own), dict(lengths)
        found[size] = rows
    return column, found


def misfit(part: str, wanted: Wanted, column: Column, lengths: Mapping[str, Lengths]) -> Diagnostic | None:
    """A column that is not as long as the lengths say: too narrow, or with lengths of its own."""
    for i, axis in enumerate(wanted.axes[: column.table.dim() - 1]):
        own = column.lengths if i == 0 else None
        width = column.table.shape[i + 1]
        if own is not None and column.rows is not None:
            own = own[column.rows]
        if axis is None:
            place = None if own is None else first(own != width)
            asked, found = width, own
        else:
            each, told = lengths[axis.size]
            asked = each + axis.offset  # type: ignore[assignment]
            found = own if own is not None else torch.full_like(each, width)
            place = first(found != asked if own is not None or not told else found < asked)
        if place is not None:
            assert found is not None
            number = int(torch.as_tensor(asked).expand(len(found))[place])
            return DataMismatch(
                span=wanted.span,
                name=wanted.name,
                expected=f"{wanted.type}, {number} entries in example {place} of the {part} data",
                found=f"{int(found[place])}",
            )
    return None


def present(
    shape: Sequence[int], axes: Sequence[Axis | None], lengths: Mapping[str, Tensor]
) -> Tensor | None:
    """Which entries of tensors `[b, *shape]` are no padding, bool of that shape or what broadcasts to it;
    None where all are. `lengths`: by size, `[b]`."""
    mask: Tensor | None = None
    for i, axis in enumerate(axes):
        if axis is not None:
            length = lengths[axis.size] + axis.offset
            inside = torch.arange(shape[i], device=length.device) < length[:, None]
            inside = inside.reshape(len(inside), *(shape[i] if j == i else 1 for j in range(len(axes))))
            mask = inside if mask is None else mask & inside
    return mask


def first(wrong: Tensor) -> int | None:
    """The first example of those marked in `[examples]`."""
    return int(wrong.nonzero()[0]) if bool(wrong.any()) else None
