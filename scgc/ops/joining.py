"""Operators that join values: concat and stack. The dimensions in front of the examples broadcast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.ir.dims import Dim
from scgc.ir.types import TensorType
from scgc.ops import rules
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, Mismatch

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _concat(match: Match) -> TensorType:
    parts = match.types["xs"]
    assert isinstance(parts, tuple)
    rank = max(len(p.shape) for p in parts)
    position = rules.axis(match, "axis", rank)
    if position is None or rank == 0:
        raise Mismatch("xs", "values with axes", str(parts[0]))
    first = parts[0]
    total = Dim.of(0)
    for part in parts:
        fits = len(part.shape) == len(first.shape) == rank and all(
            match.equal(a, b)
            for i, (a, b) in enumerate(zip(part.shape, first.shape, strict=True))
            if i != position
        )
        if not fits:
            raise Mismatch("xs", f"axes as those of {first}, but for axis {position}", str(part))
        total += part.shape[position]
    return _kind(match).with_shape(rules.replaced(first.shape, position, total))


def _kind(match: Match) -> TensorType:
    """A type of the kind that all parts have in common: numbers beside integers are numbers."""
    parts = match.types["xs"]
    assert isinstance(parts, tuple)
    return match.any_type or parts[0]


def _stack(match: Match) -> TensorType:
    parts = match.types["xs"]
    assert isinstance(parts, tuple)
    first = parts[0]
    for part in parts:
        same = len(part.shape) == len(first.shape)
        if not same or not all(match.equal(a, b) for a, b in zip(part.shape, first.shape, strict=True)):
            raise Mismatch("xs", str(first), str(part), "stacked values have one shape")
    position = rules.axis(match, "axis", len(first.shape) + 1) or 0
    return _kind(match).with_shape(rules.inserted(first.shape, position, Dim.of(len(parts))))


def _joined(low: Lowering, torch: str, ours: str, more: int) -> str:
    """PyTorch's call where the parts have the same dimensions in front, else ours, which broadcasts them."""
    parts = low.match.types["xs"]
    assert isinstance(parts, tuple)
    axis = low.integer("axis") or 0
    axis = (axis if axis < 0 else axis - len(parts[0].shape) - more) - (parts[0].kind == "onehot")
    leads = {value.lead for value in low.values["xs"]}
    return f"{torch if leads in ({0}, {1}) else ours}([{{xs}}], {axis})"


def _only_last_padded(match: Match, x: TensorType, padded: tuple[int, ...], position: int) -> bool:
    """Whether the padding stays behind everything else: another axis, or the last value."""
    parts = match.types["xs"]
    assert isinstance(parts, tuple)
    return rules.axis(match, "axis", len(x.shape)) not in padded or position == len(parts) - 1


OPERATORS = (
    Operator(
        "concat(xs... : any[*s], axis : axis = 0) -> any[]",
        doc="Values joined along an axis.",
        example="concat(ones(2, 3), ones(2, 5), axis = 1)",
        torch=lambda low: _joined(low, "torch.cat", "concat", 0),
        result=_concat,
        keeps=_only_last_padded,
    ),
    Operator(
        "concat(xs... : real[*s], axis : axis = 0) -> real[]",
        doc="Vectors of categories and numbers joined along an axis.",
        example="concat(onehot(1, 3), ones(2))",
        torch=lambda low: _joined(low, "torch.cat", "concat", 0),
        result=_concat,
        keeps=_only_last_padded,
    ),
    Operator(
        "stack(xs... : any[*s], axis : axis = 0) -> any[]",
        doc="Values of one shape, side by side along a new axis.",
        example="stack(ones(2, 3), ones(2, 3), axis = 1)",
        torch=lambda low: _joined(low, "torch.stack", "stack", 1),
        result=_stack,
    ),
)
