"""Data against the inputs that it feeds: names, shapes, kinds, ranges, finiteness; before any training.

`fit` keeps what the program asks for, as the tensors that the generated module takes: reals and bits as
float32, classes and whole numbers as int64, one-hot vectors as float32 with the classes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from scgc.data.columns import Column, Computed, Loaded, Split
from scgc.data.factors import FACTORS
from scgc.data.lengths import Lengths, Wanted, by_row, find_lengths, misfit, present
from scgc.diagnostics.base import Diagnostic, ProgramError, nearest
from scgc.diagnostics.data import DataMismatch, InputWithoutData, UnboundDim, ValueOutOfRange
from scgc.ir.dims import Dim
from scgc.ir.graph import Input, SizeDecl
from scgc.ir.types import TensorType
from scgc.source import Span


def fit(
    loaded: Loaded,
    inputs: Iterable[Input],
    dims: Mapping[str, Dim],
    *,
    data: str,
    sizes: Iterable[SizeDecl] = (),
    spans: Mapping[str, Span | None] | None = None,
) -> Loaded:
    """The fields that `inputs` name, checked and converted, and the lengths of the examples, a column for
    each size that an input follows. Raises ProgramError (SCG503 to SCG506).

    dims: the program's dims; what the data supplies joins as `data.NAME`.

    The lengths are those of the array named as the size, else those that the column of the first input with
    such an axis has, else every example is as long as its array is wide. Padding is not looked at; it
    becomes 0, and no wider than the longest example needs.
    """
    known = {**dims, **{f"data.{name}": Dim.of(size) for name, size in loaded.dims.items()}}
    problems: dict[str, tuple[Diagnostic, ...]] = {}
    wanted: list[Wanted] = []
    most = _bounds(sizes, known)
    for declared in inputs:
        name, span = declared.name, (spans or {}).get(declared.name)
        without = next((split for split in loaded.splits.values() if name not in split), None)
        if without is not None and not declared.optional:
            problems[name] = (_without_data(data, name, sorted(without), span),)
            continue
        try:
            wanted.append(Wanted.of(declared, known, most, span))
        except ProgramError as error:
            if without is None:
                problems[name] = error.diagnostics
    splits: dict[str, Split] = {}
    for part, split in loaded.splits.items():
        there = [one for one in wanted if one.name in split]
        lengths = find_lengths(part, split, there, most)
        splits[part] = {size: Column(one.each) for size, one in lengths.items()}
        for one in there:
            found = Check(part, one, lengths).column(split[one.name])
            if isinstance(found, Column):
                splits[part][one.name] = found
            else:
                problems.setdefault(one.name, (found,))
    if problems:
        raise ProgramError(tuple(fault for faults in problems.values() for fault in faults))
    factors = {part: split[FACTORS] for part, split in loaded.splits.items() if FACTORS in split}
    return replace(loaded, splits=splits, factors=factors)


def _bounds(sizes: Iterable[SizeDecl], known: Mapping[str, Dim]) -> dict[str, int]:
    bounds = {}
    for size in sizes:
        most = size.most.substitute(known)
        if most.value is None:
            advice = "the bound of a size is a number before the data is read."
            raise ProgramError((UnboundDim(span=None, name=str(most), advice=advice),))
        bounds[size.name] = most.value
    return bounds


def _without_data(data: str, name: str, fields: list[str], span: Span | None) -> Diagnostic:
    supplied = ", ".join(f"`{f}`" for f in fields) or "nothing"
    return InputWithoutData(span=span, data=data, name=name, supplied=supplied, nearest=nearest(name, fields))


@dataclass(frozen=True)
class Check:
    """The column of one split against the type of an input, with the lengths of the examples."""

    split: str
    wanted: Wanted
    lengths: Mapping[str, Lengths]

    @property
    def type(self) -> TensorType:
        return self.wanted.type

    def column(self, column: Column) -> Column | Diagnostic:
        """The column as the generated module takes it, or what is wrong with it."""
        if isinstance(column, Computed):
            return self._mismatch(column.take(torch.arange(1))) or column
        if (fault := self._mismatch(column.table)) is not None:
            return fault
        for size in sorted(self.wanted.sizes - self.lengths.keys()):
            advice = f"an array named `{size}`, or an input with such an axis, says it."
            return UnboundDim(span=self.wanted.span, name=size, advice=advice)
        if (fault := misfit(self.split, self.wanted, column, self.lengths)) is not None:
            return fault
        each = {size: self.lengths[size].each for size in self.wanted.sizes}
        column, rows = by_row(column, each)
        axes = self.wanted.axes[: len(self.type.shape)]
        return self._convert(column, rows, present(column.table.shape[1:], axes, rows))

    def _mismatch(self, table: Tensor) -> Diagnostic | None:
        """A wrong shape, or fractions where whole numbers belong."""
        found = tuple(table.shape[1:])
        sized = tuple(axis is not None for axis in self.wanted.axes)
        shapes = [tuple(d.value for d in self.type.stored)]
        if self.type.kind == "onehot":
            shapes.append(tuple(d.value for d in self.type.shape))
        told = "[" + ", ".join(map(str, found)) + "]"
        if any(
            len(found) == len(s) and all(a == b or free for a, b, free in zip(found, s, sized, strict=False))
            for s in shapes
        ):
            whole = self.type.kind in ("int", "class", "bool")
            if not (whole and table.is_floating_point()):
                return None
            told = "fractional numbers" + (f" of shape {told}" if found else "")
        else:
            told = f"the shape {told}"
        return DataMismatch(span=self.wanted.span, name=self.wanted.name, expected=str(self.type), found=told)

    def _convert(
        self, column: Column, rows: Mapping[str, Tensor], mask: Tensor | None
    ) -> Column | Diagnostic:
        table = column.table
        if mask is not None:
            vectors = self.type.kind == "onehot" and table.dim() > mask.dim()
            table = table.masked_fill(~(mask.unsqueeze(-1) if vectors else mask), 0)
        match self.type.kind:
            case "real":
                wrong, expected, converted = ~torch.isfinite(table), "finite numbers", table.float()
            case "int":
                wrong, expected, converted = torch.zeros_like(table, dtype=torch.bool), "", table.long()
            case "bool":
                wrong, expected, converted = (table != 0) & (table != 1), "true or false", table.bool()
            case "bit":
                wrong, expected, converted = (table != 0) & (table != 1), "0 or 1", table.float()
            case "class":
                limit, expected = self._limit(rows)
                wrong, converted = (table < 0) | (table >= limit), table.long()
            case "onehot":
                wrong, expected, converted = self._onehot(table, rows)
                if mask is not None:
                    converted = converted * mask.unsqueeze(-1)
        if mask is not None:
            wrong = wrong & mask
        if bool(wrong.any()):
            return self._out_of_range(column, wrong, expected)
        return Column(self._cut(converted), column.rows, axes=self.wanted.axes)

    def _cut(self, table: Tensor) -> Tensor:
        """No wider than the longest example."""
        for i, axis in enumerate(self.wanted.axes, start=1):
            if axis is not None:
                width = self.lengths[axis.size].longest + axis.offset
                table = table.narrow(i, 0, width)
        return table.contiguous()

    def _limit(self, rows: Mapping[str, Tensor]) -> tuple[Tensor, str]:
        """The number of classes, one for all or of each row `[rows, 1, ...]`, and what to say of it."""
        limit = self.wanted.limit
        if limit is None:
            size = self._size()
            return torch.tensor(size), f"classes go from 0 to {size - 1}"
        each = (rows[limit.size] + limit.offset).reshape(-1, *(1 for _ in self.type.shape))
        return each, f"classes stay below the example's {self.type.size}"

    def _size(self) -> int:
        """The number of classes, or the most there are."""
        limit = self.wanted.limit
        if limit is not None:
            return self.lengths[limit.size].longest + limit.offset
        size = self.type.size.value if self.type.size else None
        assert size is not None
        return size

    def _onehot(self, table: Tensor, rows: Mapping[str, Tensor]) -> tuple[Tensor, str, Tensor]:
        """From class indices, or from vectors that are one-hot already."""
        limit, expected = self._limit(rows)
        size = self._size()
        if table.dim() - 1 == len(self.type.shape):
            wrong = (table < 0) | (table >= limit) | (table != table.long())
            vectors = F.one_hot(table.long().clamp(0, size - 1), size).float()
            return wrong, expected, vectors
        corner = ((table == 0) | (table == 1)).all(-1) & (table.sum(-1) == 1)
        within = table.argmax(-1) < limit
        return ~(corner & within), "vectors with a single 1", table.float()

    def _out_of_range(self, column: Column, wrong: Tensor, expected: str) -> ValueOutOfRange:
        place = tuple(wrong.nonzero()[0].tolist())
        example = place[0]
        if column.rows is not None and (column.rows == example).any():
            example = int((column.rows == example).nonzero()[0])
        value = f"{column.table[place].tolist()} (example {example} of the {self.split} data)"
        return ValueOutOfRange(
            span=self.wanted.span,
            name=self.wanted.name,
            type=str(self.type),
            value=value,
            expected=expected,
        )
