"""Data against the inputs that it feeds: names, shapes, kinds, ranges, finiteness; before any training.

`fit` keeps what the program asks for, as the tensors that the generated module takes: reals and bits as
float32, classes and whole numbers as int64, one-hot vectors as float32 with the classes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from scgc.data.columns import Column, Computed, Loaded, Split
from scgc.diagnostics.base import Diagnostic, ProgramError, nearest
from scgc.diagnostics.data import DataMismatch, InputWithoutData, UnboundDim, ValueOutOfRange
from scgc.ir.dims import Dim
from scgc.ir.graph import Input
from scgc.ir.types import TensorType
from scgc.source import Span


def fit(
    loaded: Loaded,
    inputs: Iterable[Input],
    dims: Mapping[str, Dim],
    *,
    data: str,
    spans: Mapping[str, Span | None] | None = None,
) -> Loaded:
    """The fields that `inputs` name, checked and converted. Raises ProgramError (SCG503 to SCG506).

    dims: the program's dims; what the data supplies joins as `data.NAME`.
    """
    known = {**dims, **{f"data.{name}": Dim.of(size) for name, size in loaded.dims.items()}}
    problems: list[Diagnostic] = []
    splits: dict[str, Split] = {name: {} for name in loaded.splits}
    for declared in inputs:
        type_, span = declared.type.substitute(known), (spans or {}).get(declared.name)
        for name, split in loaded.splits.items():
            if declared.name not in split:
                if not declared.optional:
                    problems.append(_without_data(data, declared.name, sorted(split), span))
                    break
                continue
            found = Check(name, declared.name, type_, span).column(split[declared.name])
            if isinstance(found, Diagnostic):
                problems.append(found)
                break
            splits[name][declared.name] = found
    if problems:
        raise ProgramError(tuple(problems))
    return Loaded(splits, loaded.dims)


def _without_data(data: str, name: str, fields: list[str], span: Span | None) -> Diagnostic:
    supplied = ", ".join(f"`{f}`" for f in fields) or "nothing"
    return InputWithoutData(span=span, data=data, name=name, supplied=supplied, nearest=nearest(name, fields))


@dataclass(frozen=True)
class Check:
    """The column of one split against the type of the input `name`."""

    split: str
    name: str
    type: TensorType
    span: Span | None

    def column(self, column: Column) -> Column | Diagnostic:
        """The column as the generated module takes it, or what is wrong with it."""
        symbols = {s for d in (*self.type.shape, self.type.size or Dim.of(0)) for s in d.symbols}
        if symbols:
            advice = "the data set does not say; write a number, or choose data that knows it."
            return UnboundDim(span=self.span, name=min(symbols), advice=advice)
        if isinstance(column, Computed):
            return self._mismatch(column.take(torch.arange(1))) or column
        return self._mismatch(column.table) or self._convert(column)

    def _mismatch(self, table: Tensor) -> Diagnostic | None:
        """A wrong shape, or fractions where whole numbers belong."""
        found = tuple(table.shape[1:])
        shapes = {tuple(d.value for d in self.type.stored)}
        if self.type.kind == "onehot":
            shapes.add(tuple(d.value for d in self.type.shape))
        told = "[" + ", ".join(map(str, found)) + "]"
        if found in shapes:
            whole = self.type.kind in ("int", "class", "bool")
            if not (whole and table.is_floating_point()):
                return None
            told = "fractional numbers" + (f" of shape {told}" if found else "")
        else:
            told = f"the shape {told}"
        return DataMismatch(span=self.span, name=self.name, expected=str(self.type), found=told)

    def _convert(self, column: Column) -> Column | Diagnostic:
        table = column.table
        match self.type.kind:
            case "real":
                wrong, expected, converted = ~torch.isfinite(table), "finite numbers", table.float()
            case "int":
                wrong, expected, converted = torch.zeros(1, dtype=torch.bool), "", table.long()
            case "bool":
                wrong, expected, converted = (table != 0) & (table != 1), "true or false", table.bool()
            case "bit":
                wrong, expected, converted = (table != 0) & (table != 1), "0 or 1", table.float()
            case "class":
                size = self._size()
                wrong, converted = (table < 0) | (table >= size), table.long()
                expected = f"classes go from 0 to {size - 1}"
            case "onehot":
                wrong, expected, converted = self._onehot(table)
        if bool(wrong.any()):
            return self._out_of_range(column, wrong, expected)
        return Column(converted, column.rows)

    def _size(self) -> int:
        size = self.type.size.value if self.type.size else None
        assert size is not None
        return size

    def _onehot(self, table: Tensor) -> tuple[Tensor, str, Tensor]:
        """From class indices, or from vectors that are one-hot already."""
        size = self._size()
        if table.dim() - 1 == len(self.type.shape):
            wrong = (table < 0) | (table >= size) | (table != table.long())
            vectors = F.one_hot(table.long().clamp(0, size - 1), size).float()
            return wrong, f"classes go from 0 to {size - 1}", vectors
        corner = ((table == 0) | (table == 1)).all(-1) & (table.sum(-1) == 1)
        return ~corner, "vectors with a single 1", table.float()

    def _out_of_range(self, column: Column, wrong: Tensor, expected: str) -> ValueOutOfRange:
        place = tuple(wrong.nonzero()[0].tolist())
        example = place[0]
        if column.rows is not None and (column.rows == example).any():
            example = int((column.rows == example).nonzero()[0])
        value = f"{column.table[place].tolist()} (example {example} of the {self.split} data)"
        return ValueOutOfRange(
            span=self.span, name=self.name, type=str(self.type), value=value, expected=expected
        )
