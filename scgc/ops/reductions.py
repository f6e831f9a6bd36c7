"""Reductions: over one axis of the example, or over all of them where no axis is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scgc.ir.types import Kind, TensorType
from scgc.ops import rules
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, Mismatch

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _over(method: str, one: str = "") -> Callable[[Lowering], str]:
    """`method` over the axes of the reduction; `one` where it takes a single axis only."""

    def lower(low: Lowering) -> str:
        axes = low.reduced()
        if not axes:
            return method.replace("{x}", "{x}.unsqueeze(-1)").replace("AXES", "-1")
        if one and len(axes) > 1:
            return one.replace("AXES", str(-len(axes)))
        return method.replace("AXES", low.axes(axes))

    return lower


def _spread(match: Match) -> TensorType:
    """The result of a reduction that compares elements with each other."""
    x = match.tensor("x")
    position = rules.axis(match, "axis", len(x.shape))
    count = rules.product(x.shape if position is None else (x.shape[position],)).substitute(match.known)
    if count.value is not None and count.value < 2:
        raise Mismatch("x", "at least 2 elements", str(x), "one element has no variance")
    return rules.reduced()(match)


def _reduction(
    name: str,
    doc: str,
    method: str,
    one: str = "",
    kind: Kind = "real",
    result: Callable[[Match], TensorType] | None = None,
) -> Operator:
    slot = "bool" if kind == "bool" else "real"
    return Operator(
        f"{name}(x : {slot}[*s], axis : axis = none) -> {kind}[]",
        doc=doc,
        example=f"{name}(ones(2, 3) > 0, axis = 0)" if kind == "bool" else f"{name}(ones(2, 3), axis = 0)",
        torch=_over(method, one),
        result=result or rules.reduced(kind),
        derivative=() if kind == "bool" else None,
    )


def _same(match: Match) -> TensorType:
    """The type of `x`, whose `axis` must exist."""
    x = match.tensor("x")
    rules.axis(match, "axis", len(x.shape))
    return x


OPERATORS = (
    _reduction("sum", "The sum.", "{x}.sum(AXES)"),
    _reduction("mean", "The mean.", "{x}.mean(AXES)"),
    _reduction("prod", "The product.", "{x}.prod(AXES)", "{x}.flatten(AXES).prod(-1)"),
    _reduction("max", "The largest element.", "{x}.amax(AXES)"),
    _reduction("min", "The smallest element.", "{x}.amin(AXES)"),
    _reduction(
        "var", "The variance, with Bessel's correction as in PyTorch.", "{x}.var(AXES)", result=_spread
    ),
    _reduction(
        "std",
        "The standard deviation, with Bessel's correction as in PyTorch.",
        "{x}.std(AXES)",
        result=_spread,
    ),
    _reduction("norm", "The Euclidean norm.", "torch.linalg.vector_norm({x}, dim=AXES)"),
    _reduction("logsumexp", "The logarithm of the sum of exponentials.", "{x}.logsumexp(AXES)"),
    _reduction("any", "Whether any holds.", "{x}.any(AXES)", "{x}.flatten(AXES).any(-1)", kind="bool"),
    _reduction("all", "Whether all hold.", "{x}.all(AXES)", "{x}.flatten(AXES).all(-1)", kind="bool"),
    Operator(
        "softmax(x : real[*s, n], axis : axis = -1) -> real[*s, n]",
        doc="Positive numbers that sum to 1 along an axis.",
        example="softmax(ones(2, 3), axis = 0)",
        torch="{x}.softmax({axis})",
        result=_same,
    ),
    Operator(
        "log_softmax(x : real[*s, n], axis : axis = -1) -> real[*s, n]",
        doc="The logarithm of softmax.",
        example="log_softmax(ones(2, 3))",
        torch="{x}.log_softmax({axis})",
        result=_same,
    ),
    Operator(
        "cumsum(x : real[*s, n], axis : axis = -1) -> real[*s, n]",
        doc="The running sum along an axis.",
        example="cumsum(ones(2, 3))",
        torch="{x}.cumsum({axis})",
        result=_same,
    ),
    Operator(
        "normalize(x : real[*s, n], axis : axis = -1) -> real[*s, n]",
        doc="x divided by its Euclidean norm along an axis.",
        example="normalize(ones(2, 3))",
        torch="F.normalize({x}, dim={axis})",
        result=_same,
    ),
)
