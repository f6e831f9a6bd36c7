"""Types of values, written for one example: the batch is the emitter's business.

`bit` stands to `bool` as `onehot(K)` to `class(K)`: the number 0 or 1 that a Bernoulli node draws, and what
lies between them where an estimator relaxed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar, Literal, dataclass_transform

from scgc.ir.dims import Dim
from scgc.record import Record

Kind = Literal["real", "int", "bool", "bit", "class", "onehot"]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Frozen(Record):
    """The base of everything in the IR."""

    _keywords: ClassVar[bool] = True


class TensorType(Frozen):
    """`kind(size)[shape]`; `size` is the number of classes of `class` and `onehot`, else None."""

    kind: Kind
    size: Dim | None = None
    shape: tuple[Dim, ...] = ()

    @property
    def rank(self) -> int:
        """The axes of the tensor that holds one example: `onehot(K)[n]` is stored as `[n, K]`."""
        return len(self.shape) + (self.kind == "onehot")

    @property
    def stored(self) -> tuple[Dim, ...]:
        """The shape of the tensor that holds one example."""
        return (*self.shape, self.size) if self.kind == "onehot" and self.size else self.shape

    def with_shape(self, shape: tuple[Dim, ...]) -> TensorType:
        return TensorType(kind=self.kind, size=self.size, shape=shape)

    def substitute(self, values: Mapping[str, Dim]) -> TensorType:
        """With the names of dimensions replaced."""
        return TensorType(
            kind=self.kind,
            size=None if self.size is None else self.size.substitute(values),
            shape=tuple(d.substitute(values) for d in self.shape),
        )

    def __str__(self) -> str:
        size = "" if self.size is None else f"({self.size})"
        shape = f"[{', '.join(map(str, self.shape))}]" if self.shape or self.kind == "real" else ""
        return f"{self.kind}{size}{shape}"


class DistType(Frozen):
    """A distribution as a value: its family and the type of what it draws."""

    family: str
    event: TensorType

    def __str__(self) -> str:
        return f"{self.family} over {self.event}"


Type = TensorType | DistType


def real(*shape: Dim | int) -> TensorType:
    """Shorthand for `real[shape]`."""
    return TensorType(kind="real", shape=tuple(Dim.of(d) for d in shape))
