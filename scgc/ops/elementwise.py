"""Functions of every element by itself, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scgc.ir.types import TensorType
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, Mismatch

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _bounded(side: str, both: str) -> Callable[[Lowering], str]:
    """The smaller or larger of two, where one may be a number; it is the `side` of a clamp."""

    def lower(low: Lowering) -> str:
        if low.value("y").number:
            return f"{{x}}.clamp({side}={{y}})"
        return f"{{y}}.clamp({side}={{x}})" if low.value("x").number else both

    return lower


def _clamped(match: Match) -> TensorType:
    if match.options.get("min") is None and match.options.get("max") is None:
        raise Mismatch("x", "min, max or both beside it", "neither", "nothing says where to clamp")
    return match.tensor("x")


def _function(
    name: str, doc: str, torch: str, scalar: str | None = None, smooth: bool = True, at: str = "ones(2, 3)"
) -> Operator:
    """A function of one number."""
    return Operator(
        f"{name}(x : real[*s]) -> real[*s]",
        doc=doc,
        example=f"{name}({at})",
        torch=torch,
        scalar=scalar,
        derivative=None if smooth else (),
    )


OPERATORS = (
    _function("exp", "e to the power of x.", "{x}.exp()", "math.exp({x})"),
    _function("log", "The natural logarithm.", "{x}.log()", "math.log({x})"),
    _function("log1p", "log(1 + x), exact near 0.", "{x}.log1p()", "math.log1p({x})"),
    _function("expm1", "exp(x) - 1, exact near 0.", "{x}.expm1()", "math.expm1({x})"),
    _function("sqrt", "The square root.", "{x}.sqrt()", "math.sqrt({x})"),
    _function("rsqrt", "One over the square root.", "{x}.rsqrt()"),
    _function("square", "x times x.", "{x}.square()", "{x} ** 2"),
    _function("reciprocal", "One over x.", "{x}.reciprocal()", "1 / {x}"),
    _function("abs", "The absolute value.", "{x}.abs()", "abs({x})"),
    _function("sin", "The sine.", "{x}.sin()", "math.sin({x})"),
    _function("cos", "The cosine.", "{x}.cos()", "math.cos({x})"),
    _function("erf", "The error function.", "{x}.erf()", "math.erf({x})"),
    _function("sign", "-1, 0 or 1.", "{x}.sign()", smooth=False),
    _function("floor", "The largest integer not above x.", "{x}.floor()", "math.floor({x})", smooth=False),
    _function("ceil", "The smallest integer not below x.", "{x}.ceil()", "math.ceil({x})", smooth=False),
    _function("round", "The nearest integer, halves to even.", "{x}.round()", "round({x})", smooth=False),
    Operator(
        "clamp(x : real[*s], min : number = none, max : number = none) -> real[*s]",
        doc="x, but not below min nor above max.",
        example="clamp(ones(2, 3), min = 0, max = 0.5)",
        torch="{x}.clamp(min={min}, max={max})",
        result=_clamped,
    ),
    Operator(
        "min(x : real[*s], y : real[*s]) -> real[*s]",
        doc="The smaller of two.",
        example="min(ones(2, 3), ones(3))",
        torch=_bounded("max", "torch.minimum({x}, {y})"),
        scalar="min({x}, {y})",
    ),
    Operator(
        "max(x : real[*s], y : real[*s]) -> real[*s]",
        doc="The larger of two.",
        example="max(ones(2, 3), 0)",
        torch=_bounded("min", "torch.maximum({x}, {y})"),
        scalar="max({x}, {y})",
    ),
)
