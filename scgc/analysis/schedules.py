"""Schedules: functions of the clock and of earlier schedules, each in a region of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scgc.analysis import numbers
from scgc.analysis.scope import DimSymbol, Region, Scope, Typed, ValueSymbol
from scgc.diagnostics import types as codes
from scgc.ir.graph import Apply, Schedule
from scgc.ir.types import TensorType, real
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

CLOCK = ("t", "step", "epoch", "progress")
"""What a schedule may read: ticks, training steps, epochs (with fractions) and the part done (0 to 1)."""

_UNREAD = Typed(0, None)


def declare(inference: Inference, declaration: ast.Schedule, region: Region) -> tuple[Schedule | None, Typed]:
    """The schedule, None after a mistake, and what its name stands for in the program's region."""
    evaluated = _evaluated(inference, declaration, region)
    scope = _scope(declaration, region)
    inner = Region(f"schedule {declaration.name}", scope, region.places, {}, kind="schedule")
    value = _UNREAD
    if not _foreign_names(inference, declaration, region, scope):
        value = inference.infer(declaration.value, inner)
        _verify_number(inference, declaration, value)
    start = numbers.number(inference, value, inner) if value.type is not None else None
    changes = value.changes or evaluated is not None
    typed = Typed(declaration.name, real(), fixed=True, start=start, changes=changes)
    if value.type is None:
        return None, typed
    body = tuple(s for s in inner.statements if isinstance(s, Apply))
    schedule = Schedule(
        name=declaration.name, body=body, result=value.operand, evaluated=evaluated, doc=declaration.doc
    )
    return schedule, typed


def _scope(declaration: ast.Schedule, region: Region) -> Scope:
    """The clock, the schedules above and the dims."""
    scope = Scope(names_at=region.scope.names_at)
    for word in CLOCK:
        now = Typed(word, real(), fixed=True, start=0.0, changes=True)
        scope.symbols[word] = ValueSymbol(now, declaration.span, "")
        scope.homes[word] = ("schedule", word)
    for name, symbol in region.scope.symbols.items():
        scheduled = isinstance(symbol, ValueSymbol) and symbol.region == "schedule"
        if scheduled or isinstance(symbol, DimSymbol):
            scope.symbols[name] = symbol
            scope.dims |= {name: symbol.dim} if isinstance(symbol, DimSymbol) else {}
    return scope


def _foreign_names(inference: Inference, declaration: ast.Schedule, region: Region, scope: Scope) -> bool:
    """Whether a schedule reads values of the graph, which is reported."""
    faults = len(inference.sink)
    for name in _read(declaration.value):
        symbol = region.scope.read(name)
        if isinstance(symbol, ValueSymbol) and scope.find(name.id) is None:
            found = f"the value `{name.id}`"
            inference.sink.report(codes.NotASchedule(span=name.span, name=declaration.name, found=found))
    return len(inference.sink) > faults


def _verify_number(inference: Inference, declaration: ast.Schedule, value: Typed) -> None:
    if value.type in (None, real(), TensorType(kind="int")) or isinstance(value.operand, int):
        return
    inference.sink.report(
        codes.KindMismatch(
            span=declaration.value.span,
            what=f"the schedule `{declaration.name}`",
            expected="a number",
            found=str(value.type),
        )
    )


def _evaluated(inference: Inference, declaration: ast.Schedule, region: Region) -> float | None:
    """The number that a schedule is outside of training, if that is another."""
    written = declaration.evaluated
    if written is None:
        return None
    number = inference.constants.number(written, region.scope)
    if number is None:
        found = f"`{written.span.text}` after `else`, where a number stands"
        inference.sink.report(codes.NotASchedule(span=written.span, name=declaration.name, found=found))
    return None if number is None else float(number)


def _read(expression: ast.Expression) -> Iterator[ast.Name]:
    """The names that an expression reads, called functions left out."""
    parts = list(ast.walk(expression))
    called = {id(part.function) for part in parts if isinstance(part, ast.Call)}
    called |= {id(part.target) for part in parts if isinstance(part, ast.Pipe)}
    return (part for part in parts if isinstance(part, ast.Name) and id(part) not in called)
