"""What subscripts stand for (`x[2]` select, `x[1:]` slice, `x[c]` take); argmax and onehot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import NEVER
from scgc.ir.dims import Dim
from scgc.ir.types import TensorType
from scgc.ops import rules
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, Mismatch

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _select(match: Match) -> TensorType:
    x = match.tensor("x")
    position = rules.axis(match, "axis", len(x.shape))
    if position is None:
        raise Mismatch("x", "a value with axes", str(x))
    index, size = (
        rules.dim(match.options["index"]).substitute(match.known).value,
        x.shape[position].substitute(match.known).value,
    )
    if index is not None and size is not None and not -size <= index < size:
        raise Mismatch("index", f"an index below {size}", str(index))
    return x.with_shape(rules.without(x.shape, position))


def _put(match: Match) -> TensorType:
    x, value = match.tensor("x"), match.tensor("value")
    selected = _select(match)
    same = len(value.shape) == len(selected.shape) and all(map(match.equal, value.shape, selected.shape))
    if not same:
        raise Mismatch("value", str(selected), str(value), "an entry along the axis has another shape")
    return match.any_type.with_shape(x.shape) if match.any_type is not None else x


def _first_or_any(match: Match, x: TensorType, padded: tuple[int, ...], position: int) -> bool:
    """Whether every example has the entry: the first one, or that of a loop's round."""
    index = rules.dim(match.options["index"]).substitute(match.known).value
    return rules.axis(match, "axis", len(x.shape)) not in padded or index in (0, None)


def _counted_from_front(match: Match, x: TensorType, padded: tuple[int, ...], position: int) -> bool:
    """Whether a slice begins at the same entry for all, and ends where every example has entries."""
    if rules.axis(match, "axis", len(x.shape)) not in padded:
        return True
    ends = [match.options.get(end) for end in ("start", "stop")]
    start, stop = (None if e is None else rules.dim(e).substitute(match.known).value for e in ends)
    return (start is None or start >= 0) and (stop is None or stop < 2)


def _lower_put(low: Lowering) -> str:
    value = low.tensor("value") if low.value("value").number else "{value}"
    return f"put({{x}}, {{index}}, {value}, {low.axis('axis')})"


def _lower_pick(low: Lowering) -> str:
    """`front`: the axes of an example in front of the one that is picked from."""
    axis = low.axis("axis")
    front = low.rank("x") + axis
    return f"pick({{x}}, {low.tensor('index')}, {axis}" + (f", front={front})" if front else ")")


def _picked(match: Match) -> TensorType:
    x = match.tensor("x")
    position = rules.axis(match, "axis", len(x.shape))
    if position is None:
        raise Mismatch("x", "a value with axes", str(x))
    return x.with_shape(rules.without(x.shape, position))


def _end(match: Match, option: object, size: Dim, default: Dim) -> Dim:
    """Where a slice begins or ends, counted from the front as Python does."""
    if option is None:
        return default
    given = rules.dim(option).substitute(match.known)  # type: ignore[arg-type]
    whole = size.substitute(match.known).value
    if given.value is None:
        return rules.dim(option)  # type: ignore[arg-type]
    if given.value < 0:
        return size + given if whole is None else Dim.of(max(whole + given.value, 0))
    return given if whole is None else Dim.of(min(given.value, whole))


def _slice(match: Match) -> TensorType:
    x = match.tensor("x")
    position = rules.axis(match, "axis", len(x.shape))
    if position is None:
        raise Mismatch("x", "a value with axes", str(x))
    size = x.shape[position]
    start = _end(match, match.options.get("start"), size, Dim.of(0))
    stop = _end(match, match.options.get("stop"), size, size)
    length = stop - start
    if length.value is not None and length.value < 1:
        raise Mismatch("stop", f"an end after {start}", str(stop), "the slice is empty")
    return x.with_shape(rules.replaced(x.shape, position, length))


def _take(match: Match) -> TensorType:
    x, index = match.tensor("x"), match.tensor("index")
    if not x.shape:
        raise Mismatch("x", "a value with axes", str(x))
    if index.size is not None and not match.equal(index.size, x.shape[0]):
        raise Mismatch("index", f"a class of {x.shape[0]}", str(index), f"{x.shape[0]} is not {index.size}")
    return x.with_shape((*index.shape, *x.shape[1:]))


def _argmax(match: Match) -> TensorType:
    x = match.tensor("x")
    position = rules.axis(match, "axis", len(x.shape))
    if position is None:
        raise Mismatch("x", "a value with axes", str(x))
    return TensorType(kind="class", size=x.shape[position], shape=rules.without(x.shape, position))


def _onehot(match: Match) -> TensorType:
    x, size = match.tensor("x"), match.options.get("size")
    known = x.size if size is None else rules.dim(size)
    if known is None:
        raise Mismatch("size", "the number of classes", "nothing", "integers have no number of classes")
    match.verify_classes("x", known)
    return TensorType(kind="onehot", size=known, shape=x.shape)


def _lower_select(low: Lowering) -> str:
    axis, rank = low.axis("axis"), low.rank("x")
    if low.lead("x") == 0 and axis == -rank:
        return "{x}[{index}]"
    after = -axis - 1
    return "{x}[" + "..., {index}" + ", :" * after + "]"


def _lower_slice(low: Lowering) -> str:
    axis, rank = low.axis("axis"), low.rank("x")
    part = ("{start}" if low.given("start") else "") + ":" + ("{stop}" if low.given("stop") else "")
    if low.lead("x") == 0 and axis == -rank:
        return "{x}[" + part + "]"
    return "{x}[..., " + part + ", :" * (-axis - 1) + "]"


def _lower_take(low: Lowering) -> str:
    if low.lead("x") == 0:
        return "{x}[{index}]"
    rest, axes = low.rank("x") - 1, low.rank("index")
    more = (f", rest={rest}" if rest else "") + (f", axes={axes}" if axes else "")
    return f"take({{x}}, {{index}}{more})"


def _lower_onehot(low: Lowering) -> str:
    size = low.type("x").size
    count = "{size}" if low.given("size") or size is None else low.dim(size)
    return low.as_numbers(f"F.one_hot({{x}}, {count})")


OPERATORS = (
    Operator(
        "select(x : any[*s], index : dim, axis : axis = 0) -> any[]",
        doc="The element at an index along an axis; written `x[i]`.",
        example="ones(2, 3)[1]",
        torch=_lower_select,
        result=_select,
        keeps=_first_or_any,
        same=("index",),
    ),
    Operator(
        "select(x : real[*s], index : dim, axis : axis = 0) -> real[]",
        doc="The element at an index along an axis, of a one-hot value too.",
        example="onehot(arange(3), 5)[1, 2]",
        torch=_lower_select,
        result=_select,
        keeps=_first_or_any,
        same=("index",),
    ),
    Operator(
        "pick(x : any[*s], index : int[], axis : axis = 0) -> any[]",
        doc="The element along an axis at an index of each example's own; written `x[n - 1]`.",
        example="pick(ones(2, 3), 1)",
        torch=_lower_pick,
        result=_picked,
        derivative=("x",),
    ),
    Operator(
        "put(x : any[*s], index : dim, value : any[*t], axis : axis = 0) -> any[*s]",
        doc="x with another value at an index along an axis.",
        example="put(zeros(3, 5), 1, ones(5))",
        torch=_lower_put,
        result=_put,
        keeps=_first_or_any,
        same=("index",),
        derivative=("x", "value"),
    ),
    Operator(
        "slice(x : any[*s], start : dim = none, stop : dim = none, axis : axis = 0) -> any[]",
        doc="The elements from start up to stop along an axis; written `x[a:b]`.",
        example="ones(2, 5)[:, 1:3]",
        torch=_lower_slice,
        result=_slice,
        keeps=_counted_from_front,
        same=("start",),
    ),
    Operator(
        "slice(x : real[*s], start : dim = none, stop : dim = none, axis : axis = 0) -> real[]",
        doc="The elements from start up to stop along an axis, of a one-hot value too.",
        example="onehot(arange(3), 5)[:, 1:3]",
        torch=_lower_slice,
        result=_slice,
        keeps=_counted_from_front,
        same=("start",),
    ),
    Operator(
        "take(x : any[*s], index : int[*t]) -> any[]",
        doc="Rows of a table by class; written `x[c]`.",
        example="ones(5, 3)[arange(2)]",
        torch=_lower_take,
        result=_take,
        derivative=("x",),
    ),
    Operator(
        "take(x : real[*s], index : int[*t]) -> real[]",
        doc="Entries by class, of a one-hot value too; written `x[c]`.",
        example="onehot(1, 5)[argmax(ones(5))]",
        torch=_lower_take,
        result=_take,
        derivative=("x",),
    ),
    Operator(
        "argmax(x : real[*s], axis : axis = -1) -> class(1)[]",
        doc="The index of the largest element along an axis.",
        example="argmax(ones(2, 3))",
        torch="{x}.argmax({axis})",
        result=_argmax,
        along="axis",
        padding={"x": NEVER},
        derivative=(),
        nonempty=True,
    ),
    Operator(
        "onehot(x : class(k)[*s], size : dim = none) -> onehot(1)[*s]",
        doc="The vector with a 1 at the class and 0 elsewhere; integers need their number of classes.",
        example="onehot(arange(3), 5)",
        torch=_lower_onehot,
        result=_onehot,
        derivative=(),
    ),
)
