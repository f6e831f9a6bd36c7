"""Lengths that differ between examples: where an operator mixes the entries along such an axis, the padding
behind an example's own entries is left out.

Written into the region as ordinary statements: a mask, and `where(mask, x, fill)` or the operator's own
`where`. An operator that says of no fill and has no `where` cannot work along such an axis.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scgc.analysis.binding import Given
from scgc.analysis.constants import sizes_in
from scgc.analysis.scope import Region, Typed
from scgc.diagnostics import loops as codes
from scgc.distributions import plates
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, DimOption
from scgc.ir.types import DistType, TensorType, Type
from scgc.ops import rules
from scgc.ops.signature import VALUE_KINDS, Match
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference
    from scgc.analysis.matching import Fitted
    from scgc.distributions.declare import Distribution
    from scgc.ops.declare import Operator


def leave_out(
    inference: Inference, operator: Operator, function: str, fitted: Fitted, region: Region, span: Span
) -> bool:
    """Put masks where an operator's call needs them; False after reporting that it cannot have any."""
    if not any(sizes_in(d, region.scope) for t in _types(fitted) for d in _shape(t)):
        return True
    masked = any(slot.name == "where" for slot in fitted.slots)
    for slot in fitted.slots:
        type_ = fitted.match.types.get(slot.name)
        if slot.type.kind not in VALUE_KINDS or slot.name == "where":
            continue
        types = type_ if isinstance(type_, tuple) else (type_,)
        for position, found in enumerate(types):
            if operator.across and any(sizes_in(d, region.scope) for d in _shape(found)):
                _refuse(inference, function, slot.name, found, span)
                return False
            axes = _mixed(operator, slot, found, fitted.match, masked)
            padded = [a for a in axes if sizes_in(_shape(found)[a], region.scope)]
            first = slot is fitted.slots[0]
            if not _masks([_shape(found)[a] for a in padded], region):
                _refuse(inference, function, slot.name, found, span)
                return False
            if not padded and (not first or _keeps(operator, found, position, fitted.match, region)):
                continue
            if masked:
                _with_where(inference, fitted, _shape(found), axes, padded, region, span)
            elif slot.name in operator.padding:
                value, at = fitted.values[slot.name][position]
                filled = fill(inference, value, padded, operator.padding[slot.name], region, at)
                fitted.values[slot.name][position] = (filled, at)
            else:
                _refuse(inference, function, slot.name, found, span)
                return False
            fitted.fixed = False
    return True


def _types(fitted: Fitted) -> Iterator[Type | None]:
    """Of every value of a call."""
    for found in fitted.match.types.values():
        yield from found if isinstance(found, tuple) else (found,)


def of_distribution(inference: Inference, family: Distribution, fitted: Fitted, region: Region) -> bool:
    """The same for the parameters of a distribution."""
    for slot in fitted.slots:
        type_ = fitted.match.types.get(slot.name)
        if slot.type.kind not in VALUE_KINDS or not isinstance(type_, TensorType):
            continue
        named = _named(slot, type_)
        padded = [a for a in named if sizes_in(type_.shape[a], region.scope)]
        if not padded:
            continue
        value, at = fitted.values[slot.name][0]
        masks = _masks([type_.shape[a] for a in padded], region)
        if slot.name not in family.padding or not masks:
            _refuse(inference, family.name, slot.name, type_, at)
            return False
        filled = fill(inference, value, padded, family.padding[slot.name], region, at)
        fitted.values[slot.name][0] = (filled, at)
    return True


def _masks(dims: list[Dim], region: Region) -> bool:
    """Whether there are masks for axes: of a length, or of one longer or shorter by a fixed number."""
    return all(is_length(d, sizes_in(d, region.scope)) for d in dims)


def is_length(dim: Dim, sizes: list[str]) -> bool:
    """Whether an axis is as long as one size says, or longer or shorter by a fixed number."""
    return len(sizes) == 1 and (dim - Dim.of(sizes[0])).value is not None


def _refuse(inference: Inference, function: str, slot: str, type_: object, span: Span) -> None:
    advice = "a net for one entry, called with all of them, works on each by itself."
    inference.sink.report(
        codes.PaddedAxis(span=span, function=function, slot=f"`{slot}`", type=str(type_), advice=advice)
    )


# ---- which axes


def _shape(type_: Type | None) -> tuple[Dim, ...]:
    if isinstance(type_, DistType):
        return type_.event.shape[: plates(type_)]
    return type_.shape if type_ is not None else ()


def _named(slot: ast.Slot, type_: TensorType) -> list[int]:
    """The axes of a value that the signature gives a name, from the front."""
    pattern = slot.type.shape or ()
    fixed = sum(not isinstance(axis, ast.Rest) for axis in pattern)
    return list(range(len(type_.shape) - fixed, len(type_.shape)))


def _mixed(operator: Operator, slot: ast.Slot, type_: Type | None, match: Match, masked: bool) -> list[int]:
    """The axes of a value whose entries an operator mixes with each other; of a distribution's elements where
    a mask (`masked`) could leave some out."""
    if type_ is None:
        return []
    if isinstance(type_, DistType):
        return list(range(plates(type_))) if masked else []
    if operator.along == "all":
        return list(range(len(type_.shape)))
    if operator.along == "axis" and slot.name == "x":
        position = rules.axis(match, "axis", len(type_.shape)) if type_.shape else None
        return list(range(len(type_.shape))) if position is None else [position]
    pattern = [a for a in slot.type.shape or () if not isinstance(a, ast.Rest)]
    named = zip(_named(slot, type_), pattern, strict=True)
    return [a for a, p in named if not (isinstance(p, ast.Name) and p.id in operator.untouched)]


def _keeps(operator: Operator, type_: Type | None, position: int, match: Match, region: Region) -> bool:
    """Whether the axes with padding stay what they are where the signature alone does not tell."""
    if operator.keeps is None or not isinstance(type_, TensorType):
        return True
    padded = tuple(a for a, d in enumerate(type_.shape) if sizes_in(d, region.scope))
    return not padded or operator.keeps(match, type_, padded, position)


# ---- masks


def mask(inference: Inference, dim: Dim, region: Region, span: Span) -> Typed:
    """Which entries along an axis are an example's own."""
    type_ = TensorType(kind="bool", shape=(dim,))
    statement = Apply(
        result=region.fresh(), function="mask", inputs={}, options={"size": DimOption(dim=dim)}, type=type_
    )
    return Typed(region.add(statement, span), type_)


def mask_of(
    inference: Inference, shape: tuple[Dim, ...], axes: list[int], region: Region, span: Span
) -> Typed:
    """The entries of a shape that are an example's own along some of its axes, to broadcast with it."""
    from scgc.analysis import calls

    whole: Typed | None = None
    for axis in axes:
        one = mask(inference, shape[axis], region, span)
        for _ in range(len(shape) - axis - 1):
            one = _unsqueezed(one, region, span)
        if whole is not None:
            one = calls.apply(inference, "logical_and", [Given(whole, span), Given(one, span)], region, span)
        whole = one
    assert whole is not None
    return whole


def _unsqueezed(value: Typed, region: Region, span: Span) -> Typed:
    assert isinstance(value.type, TensorType)
    type_ = value.type.with_shape((*value.type.shape, Dim.of(1)))
    statement = Apply(
        result=region.fresh(),
        function="unsqueeze",
        inputs={"x": value.operand},
        options={"axis": DimOption(dim=Dim.of(-1))},
        type=type_,
    )
    return Typed(region.add(statement, span), type_)


def fill(
    inference: Inference, value: Typed, axes: list[int], number: float, region: Region, span: Span
) -> Typed:
    """A value with a number in the padding of some axes."""
    from scgc.analysis import calls

    assert isinstance(value.type, TensorType)
    own = mask_of(inference, value.type.stored, axes, region, span)
    kind = "bool" if value.type.kind == "bool" else "real"
    filler: bool | float = bool(number) if kind == "bool" else number
    other = Typed(filler, TensorType(kind=kind), fixed=True, literal=True)  # type: ignore[arg-type]
    given = [Given(own, span), Given(value, span), Given(other, span)]
    return calls.apply(inference, "where", given, region, span)


def _with_where(
    inference: Inference,
    fitted: Fitted,
    shape: tuple[Dim, ...],
    axes: list[int],
    padded: list[int],
    region: Region,
    span: Span,
) -> None:
    """Besides the program's own `where` only an example's own entries take part."""
    from scgc.analysis import calls

    along = len(axes) == 1 and len(shape) > 1
    own = mask(inference, shape[axes[0]], region, span) if along else None
    own = own or mask_of(inference, shape, padded, region, span)
    given = fitted.values.get("where")
    if given:
        before = given[0][0]
        if along and isinstance(before.type, TensorType) and len(before.type.shape) > 1:
            own = mask_of(inference, shape, padded, region, span)
        both = [Given(before, span), Given(own, span)]
        own = calls.apply(inference, "logical_and", both, region, span)
    assert own.type is not None
    fitted.values["where"] = [(own, span)]
    fitted.match.types["where"] = own.type
