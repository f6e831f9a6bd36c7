"""Data whose factors of variation are known: a table of them, and what each combination looks like.

`GroundTruth` is the whole interface. A data set made of one has the fields `x`, what is observed; a field for
each factor by its name; `factors`, the measured ones side by side; `values`, how many values each of those
has, 0 if it is continuous; and `labelled`, which examples a semi-supervised loss may count. `data.channels`
is the first axis of an image, `data.size` its last, `data.factors` the number of measured factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from scgc.declared import COUNT, SIZE, Range

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.data.request import Request

OPTIONS = "examples : dim = none, test_examples : dim = 15000, labels : dim = none, seed : dim = 0"
"""What data sets of this kind may be asked."""

RENDERED = f"size : dim = 64, {OPTIONS}"
"""The same of those that are rendered, in pictures of any size."""

LIMITS = {"size": Range(16), "examples": SIZE, "test_examples": SIZE, "labels": SIZE, "seed": COUNT}

FACTORS = "factors"
"""The field that measures of disentanglement look at."""

OWN = ("x", FACTORS, "values", "labelled")
"""The fields that are not called after a factor."""

DIMS = {
    "channels": "the channels of `x`",
    "size": "the pixels of a side of `x`",
    "factors": "the factors that are measured",
}


@dataclass(frozen=True)
class Factor:
    """A factor of variation: one of `values` classes, or a number from `low` to `high`.

    measured: False for what varies beside the factors that measures look at, as the colours of C-dSprites.
    """

    name: str
    values: int | None = None
    low: float = 0.0
    high: float = 1.0
    measured: bool = True


@runtime_checkable
class GroundTruth(Protocol):
    """A data set as a function of its factors."""

    @property
    def factors(self) -> Sequence[Factor]:
        """The table; independent of each other, each value equally likely."""
        ...

    def observations(self, factors: Tensor) -> Tensor:
        """What combinations look like, float32 `[b, ...]`, images `[b, C, H, W]` in 0..1, on their device.

        factors: `[b, F]`, a column for each of the table: codes from 0 on as int64, or, where a factor is
        continuous, all as float32. The same combination gives the same observation.
        """
        ...


def fields(factors: Sequence[Factor], shape: str) -> dict[str, str]:
    """The fields of a data set with these factors and observations of this shape, with their types."""
    sizes = [f.values or 0 for f in factors if f.measured]
    kind = f"class({max(sizes)})" if all(sizes) else "real"
    own = {f.name: f"class({f.values})" if f.values else "real[]" for f in factors}
    rest = {FACTORS: f"{kind}[data.factors]", "values": "int[data.factors]", "labelled": "bool[]"}
    return {"x": f"real[{shape}]", **own, **rest}


def side(request: Request) -> int:
    """The pixels of a side that are asked for. Raises ProgramError (SCG215)."""
    return request.count("size", LIMITS["size"])
