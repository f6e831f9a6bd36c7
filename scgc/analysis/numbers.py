"""Arithmetic of plain numbers, worked out as the generated code will: what has no value is a mistake here.

Numbers are literals, dims and schedules. A schedule is worked out for the start of the training, when t,
step, epoch and progress are 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scgc.analysis.scope import Region, Typed
from scgc.diagnostics.base import Sink
from scgc.diagnostics.types import NoNumber
from scgc.ops.declare import Operator
from scgc.source import Span

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

_NAMES = {"math": math, "progress": 0.0, "min": min, "max": max, "abs": abs, "round": round, "float": float}
"""What the scalar expressions of operators may name."""

Problem = tuple[str, str]
"""Why arithmetic has no value, and the way out."""

BY_ZERO: Problem = "a division by zero", "keep the divisor away from 0, such as by `1 / (t + 1)`."
TOO_LARGE: Problem = (
    "beyond the largest number",
    "numbers reach about 1.8e308: write a smaller one, or keep it below with `min(x, 80)`.",
)
UNDEFINED: Problem = "not defined there", "keep it where it is defined, such as by `log(t + 1)`."


def number(inference: Inference, value: Typed, region: Region) -> float | None:
    """The number that a value is, or in a schedule is at the start; None where it is none known now."""
    if value.dim is not None:
        return value.dim.substitute(inference.known(region)).value
    if isinstance(value.operand, bool | int | float):
        return value.operand
    return value.start if region.kind == "schedule" or not value.changes else None


def evaluate(
    inference: Inference, operator: Operator, values: Mapping[str, list[Typed]], region: Region, span: Span
) -> float | None:
    """What an operator gives for numbers; None where an input is none, and after reporting that there is no
    result."""
    given: dict[str, float] = {}
    for slot, found in values.items():
        known = number(inference, found[0], region) if len(found) == 1 else None
        if known is None:
            return None
        given[slot] = float(known)  # a power of whole numbers may have more digits than any memory
    if operator.scalar is None or not given:
        return None
    problem: Problem | None = None
    try:
        text = operator.scalar.format_map({slot: f"({value!r})" for slot, value in given.items()})
        result = eval(text, {"__builtins__": {}}, _NAMES)
        if isinstance(result, complex) or not math.isfinite(result):
            problem = UNDEFINED
    except (ArithmeticError, ValueError) as error:
        problem = problem_of(error)
    if problem is None:
        return float(result)
    report(inference.sink, problem, span, schedule=region.kind == "schedule")
    return None


def problem_of(error: Exception) -> Problem:
    """Why arithmetic has no value, from what Python raises."""
    by_zero = isinstance(error, ZeroDivisionError)
    return BY_ZERO if by_zero else TOO_LARGE if isinstance(error, OverflowError) else UNDEFINED


def report(sink: Sink, problem: Problem, span: Span, *, schedule: bool = False) -> None:
    """Arithmetic of numbers, at the start of a schedule, that has no value."""
    start = " at the start, where t, step, epoch and progress are 0" if schedule else ""
    why, advice = problem
    sink.report(NoNumber(span=span, text=span.text, when=start, problem=why, advice=advice))


def changes(values: Mapping[str, list[Typed]]) -> bool:
    """Whether one of them changes during training."""
    return any(v.changes for found in values.values() for v in found)
