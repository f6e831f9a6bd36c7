"""Fitting the arguments of a call to one of several signatures.

Each argument is inferred once; the overloads are then tried in order without side effects, and only the
chosen one's conversions are written into the region. If none fits, the one that came closest tells why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scgc.analysis.binding import Arguments, Bound, Given, bind
from scgc.analysis.constants import Constants
from scgc.analysis.limits import beyond, numbers
from scgc.analysis.options import Options, Words
from scgc.analysis.scope import Region, Typed
from scgc.declared import Limits
from scgc.diagnostics import types as codes
from scgc.diagnostics.base import Diagnostic, Sink
from scgc.ir.graph import DimOption, Operand
from scgc.ir.types import TensorType, Type
from scgc.ops.signature import VALUE_KINDS, Match, Mismatch, match_value
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

BINARY = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^", "matmul": "@",
    "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "logical_and": "and", "logical_or": "or",
}  # fmt: skip
"""The operators between two operands, as the text writes them."""

WRITTEN = BINARY | {
    "neg": "-",
    "logical_not": "not",
    "transpose": "'",
    "to_class": "argmax",
    "to_bool": "> 0.5",
}
"""How operators that have no call of their own stand in the text."""

_KINDS = {
    "a distribution": "name it, `q = Normal(...)`: then `z ~ q` draws from it, and q can be asked.",
    "bool": "compare it with something, as in `x > 0`, for a truth value.",
    "class": "declare it as `class(K)`, or make a class of the largest number with `argmax(...)`.",
    "real": "what holds numbers is real; a distribution is drawn from, `z ~ q`.",
}
"""What to do where a value of this kind is needed."""

Inputs = dict[str, Operand | tuple[Operand, ...] | None]


@dataclass
class Fitted:
    """Arguments that fit a signature."""

    slots: tuple[ast.Slot, ...]
    match: Match
    values: dict[str, list[tuple[Typed, Span]]]
    fixed: bool

    def convert(self, inference: Inference, region: Region) -> Inputs:
        """The inputs by slot, with the conversions that the match asks for written into the region."""
        from scgc.analysis.calls import apply

        inputs: Inputs = {}
        for slot in self.slots:
            if slot.type.kind not in VALUE_KINDS:
                continue
            operands: list[Operand] = []
            for position, (value, span) in enumerate(self.values.get(slot.name, [])):
                operator = self.match.conversions.get((slot.name, position))
                if operator and not value.plain:
                    value = apply(inference, operator, [Given(value, span)], region, span)
                whole = operator == "to_real" and isinstance(value.operand, bool)
                operands.append(int(value.operand) if whole else value.operand)
            if slot.variadic:
                inputs[slot.name] = tuple(operands)
            else:
                inputs[slot.name] = operands[0] if operands else None
        return inputs


@dataclass
class _Failure:
    """Why one overload does not fit; the smaller `distance`, the closer it came."""

    diagnostics: list[Diagnostic]
    distance: int


def choose(
    inference: Inference,
    signatures: list[ast.Signature],
    arguments: Arguments,
    region: Region,
    words: Words | None = None,
    check: Callable[[int, Match], None] | None = None,
    limits: Limits | None = None,
) -> tuple[int, Fitted | None]:
    """The first signature that fits, by number, with its fit; None after reporting, or where an argument is
    unknown.

    words: the legal words of options of kind word. check: what a fit must pass besides; raises Mismatch.
    limits: what numbers that are known now may be.
    """
    inferred: dict[int, Typed] = {}
    failures: list[_Failure] = []
    for number, signature in enumerate(signatures):
        sink = Sink()
        bound = bind(signature.slots, arguments, sink)
        if bound is None:
            failures.append(_Failure(sink.diagnostics, 3))
            continue
        values = _infer(inference, signature, bound, region, inferred)
        if values is None:
            return number, None
        constants = Constants(sink, inference.definitions)
        options = Options(constants, region.scope, arguments.what, words or {})
        match = Match(known=inference.known(region), options=options.read(signature.slots, bound))
        if constants.passed_over:
            return number, None
        if len(sink):
            failures.append(_Failure(sink.diagnostics, 1))
            continue
        distance = _match(sink, match, signature, values, arguments.what)
        if distance is None and beyond(sink, limits or {}, match, values, arguments):
            distance = 0
        if distance is None and check is not None:
            distance = _checked(sink, check, number, match, arguments)
        if distance is None:
            fixed = all(v.fixed for vs in values.values() for v, _ in vs)
            return number, Fitted(signature.slots, match, values, fixed)
        failures.append(_Failure(sink.diagnostics, distance))
    closest = min(reversed(failures), key=lambda f: f.distance)
    for diagnostic in closest.diagnostics:
        inference.sink.report(diagnostic)
    return 0, None


def _infer(
    inference: Inference,
    signature: ast.Signature,
    bound: Bound,
    region: Region,
    inferred: dict[int, Typed],
) -> dict[str, list[tuple[Typed, Span]]] | None:
    """The values of the value slots; None where one is unknown."""
    values: dict[str, list[tuple[Typed, Span]]] = {}
    for slot in signature.slots:
        if slot.type.kind not in VALUE_KINDS:
            continue
        values[slot.name] = []
        for given in _givens(slot, bound):
            key = id(given.what)
            if key not in inferred:
                inferred[key] = inference.given(given, region)
            values[slot.name].append((inferred[key], given.span))
    unknown = any(v.type is None for vs in values.values() for v, _ in vs)
    return None if unknown else values


def _givens(slot: ast.Slot, bound: Bound) -> list[Given]:
    """What was given for a slot, else its default; nothing for a default of `none`."""
    if slot.name in bound:
        return bound[slot.name]
    default = slot.default
    if default is None or (isinstance(default, ast.Name) and default.id == "none"):
        return []
    return [Given(default, default.span)]


def _match(
    sink: Sink,
    match: Match,
    signature: ast.Signature,
    values: dict[str, list[tuple[Typed, Span]]],
    function: str,
) -> int | None:
    """Match every value; None for a fit, else how far off it is after reporting into the sink."""
    for name, option in match.options.items():
        if isinstance(option, DimOption):
            match.dims[name] = option.dim
    for slot in signature.slots:
        if slot.name not in values:
            continue
        types: list[Type] = []
        for position, (value, span) in enumerate(values[slot.name]):
            assert value.type is not None
            try:
                types.append(match_value(match, slot, position, value.type, value.literal))
            except Mismatch as mismatch:
                report_mismatch(sink, mismatch, function, span)
                return 2 if "number of axes" in mismatch.why or not mismatch.why else 0
        if slot.variadic:
            match.types[slot.name] = tuple(t for t in types if isinstance(t, TensorType))
        else:
            match.types[slot.name] = types[0] if types else None
        match.numbers[slot.name] = numbers(slot.name, match, values)
        match.fixed[slot.name] = all(v.fixed for v, _ in values[slot.name])
    return _classes(sink, match, signature, values, function)


def _classes(
    sink: Sink,
    match: Match,
    signature: ast.Signature,
    values: dict[str, list[tuple[Typed, Span]]],
    function: str,
) -> int | None:
    """Like `_match`, for numbers that stand for classes."""
    for slot in signature.slots:
        size = slot.type.size
        if slot.type.kind == "class" and isinstance(size, ast.Name) and size.id in match.dims:
            try:
                match.verify_classes(slot.name, match.dims[size.id])
            except Mismatch as mismatch:
                report_mismatch(sink, mismatch, function, values[slot.name][0][1])
                return 0
    return None


def _checked(
    sink: Sink, check: Callable[[int, Match], None], number: int, match: Match, arguments: Arguments
) -> int | None:
    """Like `_match`, for what the signature cannot say."""
    try:
        check(number, match)
    except Mismatch as mismatch:
        mismatch.why = mismatch.why or f"{mismatch.found} is not {mismatch.expected}"
        report_mismatch(sink, mismatch, arguments.what, arguments.span)
        return 0
    return None


def report_mismatch(sink: Sink, mismatch: Mismatch, function: str, span: Span) -> None:
    """Word a mismatch as one of shapes or of kinds."""
    expected, found = mismatch.expected, mismatch.found
    what = f"`{mismatch.slot}` of `{function}`"
    if function in WRITTEN:
        side = {"x": "the left side of ", "y": "the right side of "} if function in BINARY else {}
        what = f"{side.get(mismatch.slot, '')}`{WRITTEN[function]}`"
    if not mismatch.why:
        advice = _KINDS.get(expected.partition("(")[0].partition("[")[0], codes.KindMismatch.advice)
        sink.report(codes.KindMismatch(span=span, what=what, expected=expected, found=found, advice=advice))
        return
    advice = f"{mismatch.why}; types are written for one example."
    sink.report(codes.ShapeMismatch(span=span, what=what, expected=expected, found=found, advice=advice))
