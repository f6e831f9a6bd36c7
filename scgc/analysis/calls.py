"""Calls: of nets, operators and distributions, by what the called name stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scgc.analysis import hardening, invocations, matching, measures, messages, numbers, padding
from scgc.analysis.binding import Arguments, Given
from scgc.analysis.constants import LARGEST, sizes_in
from scgc.analysis.scope import UNKNOWN, IndexSymbol, NetSymbol, Region, SizeSymbol, Typed
from scgc.diagnostics import graph as graph_codes
from scgc.diagnostics import loops as loop_codes
from scgc.diagnostics import names as name_codes
from scgc.diagnostics import types as codes
from scgc.diagnostics.base import CompilerBug
from scgc.distributions import distributions
from scgc.distributions.declare import Distribution
from scgc.ir.dims import Dim, Unwieldy
from scgc.ir.graph import Apply, DimOption
from scgc.ir.types import DistType, TensorType
from scgc.ops import operators
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, result_type
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference


def call(
    inference: Inference,
    target: ast.Expression,
    region: Region,
    name: str | None = None,
    first: Given | None = None,
    span: Span | None = None,
) -> Typed:
    """A call, or with `first` what `|>` makes of its target; `span` is the whole expression's."""
    function = target.function if isinstance(target, ast.Call) else target
    span = span or target.span
    copy = None
    if isinstance(function, ast.Index) and len(function.items) == 1:
        copy, function = function.items[0], function.base
    if not isinstance(function, ast.Name):
        inference.sink.report(
            name_codes.WrongRole(
                span=function.span, name=function.span.text, found="an expression", expected="a function"
            )
        )
        return UNKNOWN
    symbol = region.scope.read(function)
    if isinstance(symbol, NetSymbol):
        return invocations.invoke(
            inference, symbol, Arguments.of(target, function.id, "", first), copy, region, name, span
        )
    if symbol is not None:
        inference.sink.report(
            name_codes.WrongRole(span=function.span, name=function.id, found="a value", expected="a function")
        )
        return UNKNOWN
    if function.id in ("kl", "nll"):
        special = measures.measure(inference, function.id, target, region, name, span)
        if special is not None:
            return special
    if function.id == "harden":
        return hardening.harden(inference, target, first, region, span)
    if function.id == "propagate":
        return messages.propagate(inference, target, region, name, span)
    if function.id in operators():
        return operator(inference, function.id, target, first, region, name, span)
    if function.id in distributions():
        return distribution(inference, distributions()[function.id], target, first, region, name, span)
    inference.unknown_name(function, region, "function", (*operators(), *distributions()))
    return UNKNOWN


def apply(
    inference: Inference,
    function: str,
    given: list[Given],
    region: Region,
    span: Span,
    name: str | None = None,
) -> Typed:
    """An operator that syntax stands for, on values or expressions in the order of its slots."""
    arguments = Arguments(function, operators()[function][0].signature, span, tuple(given))
    return _operator(inference, function, arguments, region, name, span)


def operator(
    inference: Inference,
    function: str,
    target: ast.Expression,
    first: Given | None,
    region: Region,
    name: str | None,
    span: Span,
) -> Typed:
    """An operator called by its name."""
    arguments = Arguments.of(target, function, operators()[function][0].signature, first)
    return _operator(inference, function, arguments, region, name, span)


def _operator(
    inference: Inference,
    function: str,
    arguments: Arguments,
    region: Region,
    name: str | None,
    span: Span,
) -> Typed:
    try:
        return _applied(inference, function, arguments, region, name, span)
    except Unwieldy:
        inference.sink.report(codes.UnwieldyDim(span=span, what=f"an axis or layer of `{function}`"))
        return UNKNOWN


def _applied(
    inference: Inference,
    function: str,
    arguments: Arguments,
    region: Region,
    name: str | None,
    span: Span,
) -> Typed:
    in_schedule = region.kind == "schedule"
    overloads = [o for o in operators()[function] if (o.scalar is not None if in_schedule else o.torch)]
    if not overloads:
        return _outside(inference, function, in_schedule, region, span)
    types: dict[int, TensorType] = {}

    def check(number: int, match: Match) -> None:
        types[number] = _result(overloads[number], match)

    parsed = [o.parsed for o in overloads]
    first = overloads[0]
    chosen, fitted = matching.choose(
        inference, parsed, arguments, region, first.words, check, limits=first.limits
    )
    if fitted is None or not sensible(inference, types[chosen], fitted.match, function, span):
        return UNKNOWN
    operator, type_ = overloads[chosen], types[chosen]
    if not padding.leave_out(inference, operator, function, fitted, region, span):
        return UNKNOWN
    if not _fixed_options(inference, operator, fitted, region, span):
        return UNKNOWN
    if operator.weights and not _light(inference, operator, fitted.match, span):
        return UNKNOWN
    values = {slot: [v for v, _ in given] for slot, given in fitted.values.items()}
    faults = len(inference.sink)
    start = numbers.evaluate(inference, operator, values, region, span)
    if len(inference.sink) > faults:
        return UNKNOWN
    inputs = fitted.convert(inference, region)
    layer = region.layer(function) if operator.layer else None
    if layer and region.kind == "fn":
        inference.sink.report(
            graph_codes.ParametersInFn(span=span, name=region.path.rpartition("/")[2], layer=function)
        )
    statement = Apply(
        result=name or region.fresh(),
        function=function,
        inputs=inputs,
        options=dict(fitted.match.options),
        layer=layer,
        type=type_,
    )
    changes = numbers.changes(values) or operator.torch == ""
    return Typed(region.add(statement, span), type_, fixed=fitted.fixed, start=start, changes=changes)


def _fixed_options(
    inference: Inference, operator: Operator, fitted: matching.Fitted, region: Region, span: Span
) -> bool:
    """Whether what a layer's parameters are made for is the same for all examples and rounds, and what an
    operator needs to be the same for all examples."""
    function = operator.name
    for name in operator.same:
        option = fitted.match.options.get(name)
        sizes = sizes_in(option.dim, region.scope) if isinstance(option, DimOption) else []
        if sizes:
            what = f"`{name}` of `{function}`"
            inference.sink.report(loop_codes.SizeNotFixed(span=span, what=what, size=sizes[0]))
            return False
    for name, dim in fitted.match.dims.items() if operator.layer else ():
        foreign = [s for s in dim.symbols if isinstance(region.scope.find(s), SizeSymbol | IndexSymbol)]
        if foreign and name not in overloads_untouched(function):
            what = f"`{name}` of the layer `{function}`"
            inference.sink.report(loop_codes.SizeNotFixed(span=span, what=what, size=foreign[0]))
            return False
    return True


def overloads_untouched(function: str) -> set[str]:
    """The names in a layer's signatures that its parameters do not depend on."""
    return {name for o in operators()[function] for name in o.untouched}


def _outside(inference: Inference, function: str, in_schedule: bool, region: Region, span: Span) -> Typed:
    """An operator of schedules outside of them, or the other way round."""
    found, expected = "no function of numbers", "one that a schedule may use"
    advice = "`scgc list ops` shows what there is."
    if not in_schedule:
        found, expected = "a function of schedules", "one of values"
        advice = f"write `schedule NAME = {function}(...)` and use NAME."
    inference.sink.report(
        name_codes.WrongRole(span=span, name=function, found=found, expected=expected, advice=advice)
    )
    return UNKNOWN


def _result(operator: Operator, match: Match) -> TensorType:
    """The type of the result. Raises Mismatch."""
    if operator.result is not None:
        return operator.result(match)
    pattern = operator.parsed.result
    if pattern is None:
        raise CompilerBug(f"the operator {operator.name} has no result")
    return result_type(match, pattern)


def sensible(inference: Inference, type_: TensorType, match: Match, function: str, span: Span) -> bool:
    """Whether every axis is at least 1, as far as it is known."""
    for dim in type_.shape:
        value = dim.substitute(match.known).value
        if value is not None and value < 1:
            inference.sink.report(
                codes.DimOutOfRange(
                    span=span,
                    what=f"an axis of the result of `{function}`, {type_},",
                    value=str(value),
                    advice="the input is too small for this kernel, stride or slice.",
                )
            )
            return False
    return small_enough(inference, type_, match.known, f"the result of `{function}`", span)


def small_enough(
    inference: Inference, type_: TensorType, known: Mapping[str, Dim], what: str, span: Span
) -> bool:
    """Whether a value of this type fits into any machine, as far as its size is known."""
    elements = 1
    for dim in type_.stored:
        elements *= dim.substitute(known).value or 1
    return elements <= LARGEST or _absurd(inference, elements, what, f"of type {type_}", span)


def _light(inference: Inference, operator: Operator, match: Match, span: Span) -> bool:
    """Whether the parameters of a layer fit into any machine, as far as their number is known."""
    weights = match.evaluate(operator.weighed).substitute(match.known).value or 1
    if weights <= LARGEST:
        return True
    made = re.sub(r"[a-z]+", lambda name: str(match.dims[name[0]].substitute(match.known)), operator.weights)
    return _absurd(inference, weights, f"the layer `{operator.name}`", made, span)


def _absurd(inference: Inference, elements: int, what: str, made: str, span: Span) -> bool:
    inference.sink.report(
        codes.AbsurdSize(span=span, what=what, made=made, size=f"{elements:,}", limit=f"{LARGEST:,}")
    )
    return False


def distribution(
    inference: Inference,
    family: Distribution,
    target: ast.Expression,
    first: Given | None,
    region: Region,
    name: str | None,
    span: Span,
) -> Typed:
    """A distribution with parameters: the parametrisation whose names are used."""
    given = {n.name for n in target.named} if isinstance(target, ast.Call) else set()
    scores = [len(given & {s.name for s in p.slots}) for p in family.parsed]
    best = scores.index(max(scores))
    signature = family.parsed[best]
    arguments = Arguments.of(target, family.name, list(family.signatures)[best], first)
    _, fitted = matching.choose(inference, [signature], arguments, region, limits=family.limits)
    if fitted is None or signature.result is None:
        return UNKNOWN
    if not padding.of_distribution(inference, family, fitted, region):
        return UNKNOWN
    type_ = DistType(family=family.name, event=result_type(fitted.match, signature.result))
    statement = Apply(
        result=name or region.fresh(),
        function=family.name,
        inputs=fitted.convert(inference, region),
        options=dict(fitted.match.options),
        type=type_,
    )
    return Typed(region.add(statement, span), type_, fixed=fitted.fixed)
