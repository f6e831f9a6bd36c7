"""A stochastic node's clauses beside the estimator: prior, observed value, and which elements take part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.analysis import calls, numbers, padding
from scgc.analysis.binding import Given
from scgc.analysis.constants import sizes_in
from scgc.analysis.scope import UNKNOWN, Region, Typed
from scgc.declared import COUNT, POSITIVE, Range
from scgc.diagnostics import graph as codes
from scgc.diagnostics import loops as loop_codes
from scgc.diagnostics import types as type_codes
from scgc.distributions import distributions, plates
from scgc.ir.graph import Apply, DimOption, Operand, Option
from scgc.ir.types import DistType, TensorType
from scgc.ops import operators
from scgc.ops.divergence import divergence
from scgc.ops.signature import Match
from scgc.ops.stochastic import comparable
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference


def distribution(inference: Inference, written: ast.Expression, region: Region) -> Typed:
    """What stands after `~` or `prior`; a function that nobody knows was to be a distribution."""
    function = written.function if isinstance(written, ast.Call) else None
    known = {*distributions(), *operators()}
    if isinstance(function, ast.Name) and function.id not in known and not region.scope.find(function.id):
        inference.unknown_name(function, region, "distribution", tuple(distributions()))
        return UNKNOWN
    return inference.infer(written, region)


def prior(inference: Inference, node: ast.Draw, type_: DistType, region: Region) -> str | None:
    if node.prior is None:
        return None
    if isinstance(node.prior, ast.Name) and node.prior.id == "uniform":
        if distributions()[type_.family].uniform is None:
            inference.sink.report(
                codes.NoUniform(span=node.prior.span, node=node.name, distribution=type_.family)
            )
            return None
        if type_.event.size is not None and sizes_in(type_.event.size, region.scope):
            return _uniform_over(inference, type_, region, node.prior.span)
        statement = Apply(
            result=region.fresh(),
            function=type_.family,
            inputs={},
            options={"uniform": True},
            type=type_,
        )
        return region.add(statement, node.prior.span)
    value = distribution(inference, node.prior, region)
    if value.type is None:
        return None
    if not isinstance(value.type, DistType) or not isinstance(value.operand, str):
        inference.sink.report(
            type_codes.NotADistribution(
                span=node.prior.span, what="a prior", found=str(value.type), name=node.name
            )
        )
        return None
    match = Match(known=inference.known(region))
    held = divergence(type_.family, value.type.family) is not None
    if not held or not comparable(match, type_.event, value.type.event, value.fixed):
        inference.sink.report(
            codes.PriorMismatch(
                span=node.prior.span, node=node.name, expected=str(type_), found=str(value.type)
            )
        )
        return None
    return value.operand


def _uniform_over(inference: Inference, type_: DistType, region: Region, span: Span) -> str:
    """All of an example's own categories alike, where their number differs between examples."""
    shape = type_.event.stored
    options: dict[str, Option] = {"shape": tuple(DimOption(dim=d) for d in shape)}
    real = TensorType(kind="real", shape=shape)
    zeros = Apply(result=region.fresh(), function="zeros", inputs={}, options=options, type=real)
    value = Typed(region.add(zeros, span), real, fixed=True)
    number = distributions()[type_.family].padding["logits"]
    logits = padding.fill(inference, value, [len(shape) - 1], number, region, span)
    statement = Apply(
        result=region.fresh(),
        function=type_.family,
        inputs={"logits": logits.operand},
        type=type_,
    )
    return region.add(statement, span)


def observed(inference: Inference, node: ast.Draw, dist: DistType, region: Region) -> Operand | None:
    """The observed value, of the event's type or of the class it is the one-hot vector of."""
    if node.observe is None:
        return None
    event = dist.event
    value = inference.infer(node.observe, region)
    if value.type is None:
        return None
    match = Match(known=inference.known(region))
    found = value.type
    kinds = {"onehot": ("onehot", "class"), "bit": ("bit", "bool"), "real": ("real", "int", "bit")}
    fits = isinstance(found, TensorType) and found.kind in kinds[event.kind]
    if isinstance(found, TensorType) and fits:
        fits = len(found.shape) == len(event.shape) and all(map(match.equal, found.shape, event.shape))
        if event.size is not None and found.size is not None:
            fits = fits and match.equal(event.size, found.size)
    if not fits:
        inference.sink.report(
            type_codes.KindMismatch(
                span=node.observe.span,
                what=f"the observed value of `{node.name}`",
                expected=f"{event}" + (f" or class({event.size})" if event.kind == "onehot" else ""),
                found=str(found),
                advice=_OBSERVABLE[event.kind],
            )
        )
        return None
    assert isinstance(found, TensorType)
    outside = _outside(distributions()[dist.family].support, found, numbers.number(inference, value, region))
    if outside:
        inference.sink.report(
            type_codes.ObservedOutside(
                span=node.observe.span,
                node=node.name,
                family=dist.family,
                found=outside,
                support=_SUPPORT[distributions()[dist.family].support][1],
            )
        )
        return None
    if found.kind == "int":
        value = calls.apply(
            inference, "to_real", [Given(value, node.observe.span)], region, node.observe.span
        )
    return value.operand


_OBSERVABLE = {
    "onehot": "what is observed has as many categories as the node, as an input `class(K)` of its K has.",
    "bit": "a Bernoulli node observes truth values, such as an input `bool` or a comparison `x > 0`.",
    "real": "what is observed has the type and shape of what the node draws.",
}
_SUPPORT = {
    "count": (COUNT, "whole numbers from 0 on"),
    "positive": (POSITIVE, "numbers above 0"),
    "unit": (Range(0, 1, open=True), "numbers between 0 and 1"),
}
"""What draws of such a support can be."""


def _outside(support: str, found: TensorType, number: float | None) -> str:
    """What is observed, where that is known to be nothing the node could draw; else nothing."""
    if support not in _SUPPORT:
        return ""
    if support == "unit" and found.kind in ("int", "bit"):
        return f"`{found}` holds whole numbers"
    if number is None or (
        _SUPPORT[support][0].holds(number) and (support != "count" or number == int(number))
    ):
        return ""
    return f"this is {number:g}"


def where(inference: Inference, node: ast.Draw, type_: DistType, region: Region) -> str | None:
    """What tells of each element of the plate whether it takes part: the node's mask, and in a loop whether
    the example still does."""
    own = None if node.where is None else _mask(inference, node, type_, region)
    span = (node.where or node).span
    for name in region.alive:
        alive = Typed(name, TensorType(kind="bool"))
        both = [Given(alive, span)] + ([] if own is None else [Given(own, span)])
        own = alive if own is None else calls.apply(inference, "logical_and", both, region, span)
    if own is None:
        return None
    here = {s.result for s in region.statements}
    if not isinstance(own.operand, str) or own.operand not in here:  # to be seen from outside with the node
        own = calls.apply(inference, "identity", [Given(own, span)], region, span)
    assert isinstance(own.operand, str)
    return own.operand


def _mask(inference: Inference, node: ast.Draw, type_: DistType, region: Region) -> Typed | None:
    assert node.where is not None
    value = inference.infer(node.where, region)
    if value.type is None:
        return None
    shape = type_.event.shape[: plates(type_)]
    match = Match(known=inference.known(region))
    found = value.type
    joined = match.broadcast(shape, found.shape) if isinstance(found, TensorType) else None
    if (
        isinstance(found, TensorType)
        and found.kind == "bool"
        and joined is not None
        and len(joined) == len(shape)
    ):
        return value
    inference.sink.report(
        loop_codes.MaskMismatch(
            span=node.where.span,
            name=node.name,
            expected=f"bool[{', '.join(map(str, shape))}]",
            found=str(found),
        )
    )
    return None
