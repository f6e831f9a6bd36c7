"""Reductions: over one axis of the example, or over all of them where no axis is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scgc.declared import NEVER
from scgc.ir.types import Kind, TensorType
from scgc.ops import rules
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, Mismatch

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _over(method: str, one: str = "", fill: str = "", masked: str = "") -> Callable[[Lowering], str]:
    """`method` over the axes of the reduction; `one` where it takes a single axis only. With `where`, what
    takes no part counts as `fill`, or all is the call `masked`."""

    def lower(low: Lowering) -> str:
        if not low.has("where"):
            return _plain(low, method, one)
        if masked:
            return masked.replace("{where}", low.where()).replace("AXES", low.axes(low.reduced()))
        chosen = f"torch.where({low.where()}, {{x}}, {fill})"
        return _plain(low, method.replace("{x}", chosen), one.replace("{x}", chosen))

    return lower


def _plain(low: Lowering, method: str, one: str) -> str:
    axes = low.reduced()
    if not axes:
        return method.replace("{x}", "{x}.unsqueeze(-1)").replace("AXES", "-1")
    if one and len(axes) > 1:
        return one.replace("AXES", str(-len(axes)))
    return method.replace("AXES", low.axes(axes))


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
    fill: str = "",
    masked: str = "",
) -> Operator:
    """`fill` or `masked` say what becomes of elements that `where` leaves out."""
    slot = "bool" if kind == "bool" else "real"
    return Operator(
        f"{name}(x : {slot}[*s], axis : axis = none, where : bool[*t] = none) -> {kind}[]",
        doc=doc,
        example=f"{name}(ones(2, 3) > 0, axis = 0)" if kind == "bool" else f"{name}(ones(2, 3), axis = 0)",
        torch=_over(method, one, fill, masked),
        result=rules.chosen(result or rules.reduced(kind)),
        derivative=() if kind == "bool" else ("x",),
        along="axis",
        nonempty=name in ("max", "min"),
    )


def _same(match: Match) -> TensorType:
    """The type of `x`, whose `axis` must exist."""
    x = match.tensor("x")
    rules.axis(match, "axis", len(x.shape))
    return x


WHERE = " (of what `where` says: for each element, or for each entry along the axis)"

OPERATORS = (
    _reduction("sum", f"The sum{WHERE}.", "{x}.sum(AXES)", fill="0.0"),
    _reduction("mean", f"The mean{WHERE}.", "{x}.mean(AXES)", masked="masked_mean({x}, {where}, AXES)"),
    _reduction("prod", f"The product{WHERE}.", "{x}.prod(AXES)", "{x}.flatten(AXES).prod(-1)", fill="1.0"),
    _reduction("max", f"The largest element{WHERE}.", "{x}.amax(AXES)", fill='-float("inf")'),
    _reduction("min", f"The smallest element{WHERE}.", "{x}.amin(AXES)", fill='float("inf")'),
    _reduction(
        "var",
        f"The variance{WHERE}, with Bessel's correction as in PyTorch.",
        "{x}.var(AXES)",
        result=_spread,
        masked="masked_var({x}, {where}, AXES)",
    ),
    _reduction(
        "std",
        f"The standard deviation{WHERE}, with Bessel's correction as in PyTorch.",
        "{x}.std(AXES)",
        result=_spread,
        masked="masked_var({x}, {where}, AXES).sqrt()",
    ),
    _reduction("norm", f"The Euclidean norm{WHERE}.", "torch.linalg.vector_norm({x}, dim=AXES)", fill="0.0"),
    _reduction(
        "logsumexp",
        f"The logarithm of the sum of exponentials{WHERE}.",
        "{x}.logsumexp(AXES)",
        fill=str(NEVER),
    ),
    _reduction(
        "log_mean_exp",
        f"The logarithm of the mean of exponentials{WHERE}.",
        "log_mean_exp({x}, AXES)",
        masked="log_mean_exp({x}, AXES, {where})",
    ),
    _reduction(
        "any",
        f"Whether any holds{WHERE}.",
        "{x}.any(AXES)",
        "{x}.flatten(AXES).any(-1)",
        kind="bool",
        fill="False",
    ),
    _reduction(
        "all",
        f"Whether all hold{WHERE}.",
        "{x}.all(AXES)",
        "{x}.flatten(AXES).all(-1)",
        kind="bool",
        fill="True",
    ),
    Operator(
        "softmax(x : real[*s, n], axis : axis = -1) -> real[*s, n]",
        doc="Positive numbers that sum to 1 along an axis.",
        example="softmax(ones(2, 3), axis = 0)",
        torch="{x}.softmax({axis})",
        result=_same,
        along="axis",
        padding={"x": NEVER},
    ),
    Operator(
        "log_softmax(x : real[*s, n], axis : axis = -1) -> real[*s, n]",
        doc="The logarithm of softmax.",
        example="log_softmax(ones(2, 3))",
        torch="{x}.log_softmax({axis})",
        result=_same,
        along="axis",
        padding={"x": NEVER},
    ),
    Operator(
        "cumsum(x : real[*s, n], axis : axis = -1) -> real[*s, n]",
        doc="The running sum along an axis.",
        example="cumsum(ones(2, 3))",
        torch="{x}.cumsum({axis})",
        result=_same,
        untouched=("n",),  # the padding comes last
    ),
    Operator(
        "normalize(x : real[*s, n], axis : axis = -1) -> real[*s, n]",
        doc="x divided by its Euclidean norm along an axis.",
        example="normalize(ones(2, 3))",
        torch="F.normalize({x}, dim={axis})",
        result=_same,
        along="axis",
        padding={"x": 0.0},
    ),
)
