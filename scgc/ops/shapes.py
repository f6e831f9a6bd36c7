"""Operators that arrange the elements of one value: reshape, flatten, permute and their like.

Axes count from the front of one example's shape; the generated code counts them from the end, past whatever
stands in front.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.ir.dims import Dim
from scgc.ir.types import TensorType
from scgc.ops import rules
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, Mismatch

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _reshape(match: Match) -> TensorType:
    x, shape = match.tensor("x"), rules.dims(match.options["shape"])
    if not match.equal(rules.product(x.shape), rules.product(shape)):
        wanted = f"{rules.product(x.shape)} elements"
        raise Mismatch(
            "shape",
            wanted,
            f"{rules.product(shape)} elements",
            "a new shape holds as many elements as the old one",
        )
    return x.with_shape(shape)


def _classes(low: Lowering) -> str:
    """The last axis of a stored one-hot value, as the last of several sizes; else nothing."""
    x = low.type("x")
    return f", {low.dim(x.size)}" if x.kind == "onehot" and x.size is not None else ""


def _lower_reshape(low: Lowering) -> str:
    """By axes counted from the end; the classes of a one-hot value stay where they are."""
    count, last = len(rules.dims(low.options["shape"])), low.rank("x") - len(low.type("x").shape)
    if low.lead("x") == 0:
        return f"{{x}}.reshape({{shape}}{_classes(low)})" if count or last else "{x}.squeeze()"
    whole, end = len(low.type("x").shape), -1 - last
    if whole == 0:
        return "{x}[..., " + ", ".join(["None"] * count + [":"] * last) + "]" if count else "{x}"
    joined = "{x}" if whole == 1 else f"{{x}}.flatten({end - whole + 1}, {end})"
    return f"{joined}.unflatten({end}, ({{shape}},))" if count else f"{joined}.squeeze({end})"


def _flatten(match: Match) -> TensorType:
    x = match.tensor("x")
    start = rules.axis(match, "start", max(len(x.shape), 1)) or 0
    return x.with_shape((*x.shape[:start], rules.product(x.shape[start:])))


def _lower_flatten(low: Lowering) -> str:
    count = -low.axis("start") if low.rank("x") else 0
    if count == 0:
        return "{x}.unsqueeze(-1)"
    return "{x}" if count == 1 else f"{{x}}.flatten({-count})"


def _unsqueeze(match: Match) -> TensorType:
    x = match.tensor("x")
    position = rules.axis(match, "axis", len(x.shape) + 1) or 0
    return x.with_shape(rules.inserted(x.shape, position, Dim.of(1)))


def _squeeze(match: Match) -> TensorType:
    x = match.tensor("x")
    position = rules.axis(match, "axis", len(x.shape))
    if position is None:
        return x.with_shape(tuple(d for d in x.shape if d.value != 1))
    if x.shape[position].value != 1:
        raise Mismatch("x", f"1 along axis {position}", str(x), "only an axis of length 1 can go")
    return x.with_shape(rules.without(x.shape, position))


def _permute(match: Match) -> TensorType:
    x = match.tensor("x")
    order = [d.substitute(match.known).value for d in rules.dims(match.options["order"])]
    if None in order or sorted(o for o in order if o is not None) != list(range(len(x.shape))):
        raise Mismatch("order", f"every axis of {x} once", ", ".join(map(str, order)))
    return x.with_shape(tuple(x.shape[o] for o in order if o is not None))


def _flip(match: Match) -> TensorType:
    x = match.tensor("x")
    rules.axis(match, "axis", len(x.shape))
    return x


def _expand(match: Match) -> TensorType:
    x, shape = match.tensor("x"), rules.dims(match.options["shape"])
    joined = match.broadcast(x.shape, shape)
    if joined is None or len(joined) != len(shape) or not all(map(match.equal, joined, shape)):
        raise Mismatch("shape", f"a shape that {x} broadcasts to", f"[{', '.join(map(str, shape))}]")
    return x.with_shape(shape)


def _lower_squeeze(low: Lowering) -> str:
    if low.given("axis"):
        return "{x}.squeeze({axis})"
    x = low.type("x")
    ones = [i - low.rank("x") for i, d in enumerate(x.shape) if d.value == 1]
    return f"{{x}}.squeeze({low.axes(ones)})" if ones else "{x}"


def _lower_permute(low: Lowering) -> str:
    """By moving axes counted from the end, past whatever stands in front."""
    if low.lead("x") == 0 and low.type("x").kind != "onehot":
        return "{x}.permute({order})"
    order = [d.substitute(low.match.known).value or 0 for d in rules.dims(low.options["order"])]
    source = [str(i - low.rank("x")) for i in order]
    target = [str(i - low.rank("x")) for i in range(len(order))]
    return f"{{x}}.movedim(({', '.join(source)},), ({', '.join(target)},))"


def _lower_expand(low: Lowering) -> str:
    plain = low.lead("x") == 0 and low.type("x").kind != "onehot"
    return (
        "{x}.expand({shape})"
        if plain
        else f"expand({{x}}, ({{shape}}{_classes(low) or ','}), {low.rank('x')})"
    )


def _first_stay(match: Match, x: TensorType, padded: tuple[int, ...], position: int) -> bool:
    """Whether a reshape leaves every axis up to the last padded one as it is."""
    shape, last = rules.dims(match.options["shape"]), padded[-1] + 1
    return len(shape) >= last and all(map(match.equal, x.shape[:last], shape[:last]))


def _before_start(match: Match, x: TensorType, padded: tuple[int, ...], position: int) -> bool:
    start = rules.axis(match, "start", max(len(x.shape), 1)) or 0
    return padded[-1] < start or start == len(x.shape) - 1


def _not_flipped(match: Match, x: TensorType, padded: tuple[int, ...], position: int) -> bool:
    return rules.axis(match, "axis", len(x.shape)) not in padded


OPERATORS = (
    Operator(
        "reshape(x : any[*s], shape... : dim) -> any[]",
        doc="The same elements, in the same order, in another shape.",
        example="reshape(ones(2, 3), 3, 2)",
        torch=_lower_reshape,
        result=_reshape,
        keeps=_first_stay,
    ),
    Operator(
        "flatten(x : real[*s], start : axis = 0) -> real[]",
        doc="The axes from `start` on as one.",
        example="flatten(ones(2, 3, 5), start = 1)",
        torch=_lower_flatten,
        result=_flatten,
        keeps=_before_start,
    ),
    Operator(
        "unsqueeze(x : any[*s], axis : axis = 0) -> any[]",
        doc="With a new axis of size 1.",
        example="unsqueeze(ones(2, 3), axis = 2)",
        torch=lambda low: f"{{x}}.unsqueeze({low.axis(more=1)})",
        result=_unsqueeze,
    ),
    Operator(
        "squeeze(x : any[*s], axis : axis = none) -> any[]",
        doc="Without an axis of size 1, or without all of them where no axis is given.",
        example="squeeze(ones(2, 1), axis = 1)",
        torch=_lower_squeeze,
        result=_squeeze,
    ),
    Operator(
        "diagonal(x : any[*s, n, n]) -> any[*s, n]",
        doc="The diagonal of a matrix.",
        example="diagonal(ones(3, 3))",
        torch="{x}.diagonal(dim1=-2, dim2=-1)",
    ),
    Operator(
        "permute(x : any[*s], order... : dim) -> any[]",
        doc="The axes in another order.",
        example="permute(ones(2, 3, 5), 2, 0, 1)",
        torch=_lower_permute,
        result=_permute,
    ),
    Operator(
        "expand(x : any[*s], shape... : dim) -> any[]",
        doc="Repeated along new leading axes and axes of size 1.",
        example="expand(ones(3), 2, 3)",
        torch=_lower_expand,
        result=_expand,
    ),
    Operator(
        "flip(x : any[*s], axis : axis = 0) -> any[*s]",
        doc="In reverse order along an axis.",
        example="flip(ones(2, 3))",
        torch="{x}.flip({axis})",
        result=_flip,
        keeps=_not_flipped,
    ),
)
