"""Subscripts: fixed indices, slices, and gathering rows of a table by class, one operator for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.analysis import calls
from scgc.analysis.binding import Given
from scgc.analysis.constants import extremes, least, sizes_in
from scgc.analysis.scope import UNKNOWN, Region, Typed
from scgc.diagnostics import loops as loop_codes
from scgc.diagnostics import types as codes
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, DimOption, Option
from scgc.ir.types import DistType, TensorType
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference


def _counted(number: int, one: str, several: str) -> str:
    return f"{number or 'no'} {one if number == 1 else several}"


def index(inference: Inference, expression: ast.Index, region: Region, name: str | None) -> Typed:
    """`base[items]`: each subscript in turn takes or keeps one axis."""
    value = inference.infer(expression.base, region)
    if value.type is None:
        return UNKNOWN
    if isinstance(value.type, DistType):
        inference.sink.report(
            codes.NotAValue(span=expression.base.span, what="what is indexed", found=str(value.type))
        )
        return UNKNOWN
    value = _as_stored(value, len(expression.items))
    assert isinstance(value.type, TensorType)
    if len(expression.items) > value.type.rank:
        inference.sink.report(
            codes.TooManySubscripts(
                span=expression.span,
                found=_counted(len(expression.items), "subscript", "subscripts"),
                axes=_counted(value.type.rank, "axis", "axes"),
                type=str(value.type),
            )
        )
        return UNKNOWN
    axis = 0
    for position, item in enumerate(expression.items):
        last = position == len(expression.items) - 1
        target = name if last else None
        if value.type is None:
            return UNKNOWN
        if isinstance(item, ast.Slice) and item.lower is None and item.upper is None and not target:
            axis += 1
            continue
        if isinstance(item, ast.Slice):
            value = _slice(inference, value, item, axis, region, target)
            axis += 1
            continue
        at = inference.infer(item, region)
        if at.type is None:
            return UNKNOWN
        assert isinstance(value.type, TensorType)
        if at.dim is not None and sizes_in(value.type.shape[axis] + at.dim, region.scope):
            value = _own_entry(inference, value, at.dim, axis, region, item, target)
        elif at.dim is not None:
            value = _select(inference, value, at.dim, axis, region, item.span, target)
        else:
            value = _take(inference, value, at, axis, region, item, target)
            axis += len(at.type.shape) if isinstance(at.type, TensorType) else 0
    return value


def _as_stored(value: Typed, subscripts: int) -> Typed:
    """A one-hot vector indexed into its categories is a vector of reals."""
    type_ = value.type
    assert isinstance(type_, TensorType)
    if type_.kind == "onehot" and subscripts > len(type_.shape):
        return Typed(value.operand, TensorType(kind="real", shape=type_.stored), fixed=value.fixed)
    return value


def _in_range(
    inference: Inference, position: Dim, size: Dim, region: Region, span: Span, most: int
) -> Dim | None:
    """A position counted from the front; None after reporting one that is beyond the axis by `most`."""
    value = position.substitute(inference.known(region)).value
    if value is not None and value < 0:
        position = size + position
    least, _ = extremes(position, region.scope)
    room, _ = extremes(size - position, region.scope)
    if (least is not None and least < 0) or (room is not None and room < -most):
        inference.sink.report(
            codes.IndexOutOfRange(span=span, index=span.text, what=f"the axis has {size} entries")
        )
        return None
    return position


def _add(
    inference: Inference,
    function: str,
    value: Typed,
    options: dict[str, Option],
    type_: TensorType,
    region: Region,
    span: Span,
    name: str | None,
) -> Typed:
    statement = Apply(
        result=name or region.fresh(),
        function=function,
        inputs={"x": value.operand},
        options=options,
        type=type_,
    )
    return Typed(region.add(statement, span), type_, fixed=value.fixed)


def _select(
    inference: Inference,
    value: Typed,
    position: Dim,
    axis: int,
    region: Region,
    span: Span,
    name: str | None,
) -> Typed:
    assert isinstance(value.type, TensorType)
    shape = value.type.shape
    at = _in_range(inference, position, shape[axis], region, span, -1)
    if at is None:
        return UNKNOWN
    type_ = value.type.with_shape((*shape[:axis], *shape[axis + 1 :]))
    options: dict[str, Option] = {"index": DimOption(dim=at), "axis": DimOption(dim=Dim.of(axis))}
    return _add(inference, "select", value, options, type_, region, span, name)


def _own_entry(
    inference: Inference,
    value: Typed,
    position: Dim,
    axis: int,
    region: Region,
    item: ast.Expression,
    name: str | None,
) -> Typed:
    """An entry along an axis whose length differs between examples: the first, one counted from the end, or
    that of a loop's round."""
    assert isinstance(value.type, TensorType)
    size = value.type.shape[axis]
    at = _in_range(inference, position, size, region, item.span, -1)
    if at is None:
        return UNKNOWN
    if not _held(inference, at, size, 1, region, item.span):
        return UNKNOWN
    if not sizes_in(at, region.scope):
        return _select(inference, value, position, axis, region, item.span, name)
    index = inference.dim_value(at, region, item.span)
    type_ = value.type.with_shape((*value.type.shape[:axis], *value.type.shape[axis + 1 :]))
    statement = Apply(
        result=name or region.fresh(),
        function="pick",
        inputs={"x": value.operand, "index": index.operand},
        options={"axis": DimOption(dim=Dim.of(axis))},
        type=type_,
    )
    return Typed(region.add(statement, item.span), type_)


def _held(inference: Inference, at: Dim, size: Dim, room: int, region: Region, span: Span) -> bool:
    """Whether even the shortest example has `room` entries from a position on; False after reporting."""
    first, rest = least(at, region.scope), least(size - at, region.scope)
    if (first is None or first >= 0) and (rest is None or rest >= room):
        return True
    names = sizes_in(size + at, region.scope)
    lengths = (
        f"`{names[0]}` may be 1" if size.symbols & {*names} else f"`{names[0]}` differs between examples"
    )
    what = f"the axis has {size} entries, and {lengths}" if names else f"the axis has {size} entries"
    inference.sink.report(codes.IndexOutOfRange(span=span, index=span.text, what=what))
    return False


def _slice(
    inference: Inference,
    value: Typed,
    item: ast.Slice,
    axis: int,
    region: Region,
    name: str | None,
) -> Typed:
    assert isinstance(value.type, TensorType)
    shape = value.type.shape
    ends: list[Dim | None] = []
    for bound in (item.lower, item.upper):
        if bound is None:
            ends.append(None)
            continue
        dim = inference.constants.dim(bound, region.scope)
        dim = None if dim is None else _in_range(inference, dim, shape[axis], region, bound.span, 0)
        if dim is None:
            return UNKNOWN
        ends.append(dim)
    start, stop = ends
    if start is not None and (sizes := sizes_in(start, region.scope)):
        what, advice = "the start of a slice", "`x[n - 1]` is an example's own last entry."
        inference.sink.report(
            loop_codes.SizeNotFixed(span=item.span, what=what, size=sizes[0], advice=advice)
        )
        return UNKNOWN
    if stop is not None and sizes_in(shape[axis] + stop, region.scope):
        shorter = least(stop - shape[axis], region.scope)
        shorter = shorter is not None and stop - shape[axis] == Dim.of(shorter) and shorter <= 0
        if not shorter and not _held(inference, stop, shape[axis], 0, region, item.span):
            return UNKNOWN
    length = (stop or shape[axis]) - (start or Dim.of(0))
    type_ = value.type.with_shape((*shape[:axis], length, *shape[axis + 1 :]))
    size = length.substitute(inference.known(region)).value
    if size is not None and size < 1:
        inference.sink.report(
            codes.DimOutOfRange(span=item.span, what="the length of this slice", value=str(size))
        )
        return UNKNOWN
    options: dict[str, Option] = {
        "start": None if start is None else DimOption(dim=start),
        "stop": None if stop is None else DimOption(dim=stop),
        "axis": DimOption(dim=Dim.of(axis)),
    }
    return _add(inference, "slice", value, options, type_, region, item.span, name)


def _take(
    inference: Inference,
    value: Typed,
    at: Typed,
    axis: int,
    region: Region,
    item: ast.Expression,
    name: str | None,
) -> Typed:
    """Rows of a table by class: every class must have a row."""
    assert isinstance(value.type, TensorType)
    rows = value.type.shape[0] if value.type.shape else None
    if isinstance(at.type, TensorType) and at.type.kind == "onehot":
        at = calls.apply(inference, "to_class", [Given(at, item.span)], region, item.span)
    if axis > 0 or not isinstance(at.type, TensorType) or at.type.kind not in ("class", "int"):
        inference.sink.report(
            codes.KindMismatch(
                span=item.span,
                what="a subscript",
                expected="a class or int in the first place" if axis else "a class or int",
                found=str(at.type),
            )
        )
        return UNKNOWN
    if rows is not None and at.type.size is not None:
        known = inference.known(region)
        classes, count = at.type.size.substitute(known), rows.substitute(known)
        beyond = (
            classes.value > count.value
            if classes.value is not None and count.value is not None
            else classes != count
        )
        if beyond:
            inference.sink.report(
                codes.ShapeMismatch(
                    span=item.span,
                    what="the rows of a table and the classes that pick them",
                    expected=f"at most {rows} classes for {rows} rows",
                    found=str(at.type),
                    advice="every class needs a row of its own.",
                )
            )
            return UNKNOWN
    given = [Given(value, item.span), Given(at, item.span)]
    return calls.apply(inference, "take", given, region, item.span, name)
