"""What is known before running: dimensions, numbers, flags and words out of expressions; types out of
texts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

from scgc.analysis.definitions import Definitions
from scgc.analysis.scope import DimSymbol, IndexSymbol, Scope, SizeSymbol, ValueSymbol
from scgc.diagnostics import types as codes
from scgc.diagnostics.base import Label, Sink, nearest
from scgc.ir.dims import Dim, Unwieldy
from scgc.ir.graph import Argument
from scgc.ir.types import Kind, TensorType
from scgc.source import Span
from scgc.syntax import ast

LARGEST = 10**9
"""A dimension, or the elements of one example's value, above this are a mistake."""

KINDS: dict[str, Kind] = {
    "real": "real",
    "int": "int",
    "bool": "bool",
    "class": "class",
    "onehot": "onehot",
}


class Constants:
    """Evaluates the compile-time parts of a program within a scope.

    `passed_over`: whether a name was met whose definition holds a mistake, so that nothing more is said.
    """

    def __init__(self, sink: Sink, definitions: Definitions) -> None:
        self.sink = sink
        self.definitions = definitions
        self.told: set[Span] = set()
        self.passed_over = False

    def not_a_dim(self, at: ast.Node, what: str, found: str) -> None:
        self.sink.report(codes.NotADim(span=at.span, what=what, found=found))

    def dim(self, expression: ast.Expression, scope: Scope) -> Dim | None:
        """A compile-time integer; None after reporting what it is instead."""
        try:
            dim = self._dim(expression, scope)
            _ = dim and dim.substitute(dim_values(scope))
        except Unwieldy:
            self.sink.report(codes.UnwieldyDim(span=expression.span, what="this dimension"))
            return None
        return dim

    def _dim(self, expression: ast.Expression, scope: Scope) -> Dim | None:
        match expression:
            case ast.Number(value=int(value)):
                return Dim.of(value)
            case ast.Attribute(base=ast.Name(id="data"), name=name):
                return Dim.of(f"data.{name}")
            case ast.Name():
                return self._named(expression, scope)
            case ast.Unary(op=op, operand=operand) if op in ("-", "+"):
                inner = self._dim(operand, scope)
                return inner if op == "+" or inner is None else -inner
            case ast.Binary(op=op, left=left, right=right) if op in ("+", "-", "*", "/"):
                a, b = self._dim(left, scope), self._dim(right, scope)
                if a is None or b is None:
                    return None
                if op == "/":
                    if b.substitute(dim_values(scope)).value == 0:
                        self.sink.report(
                            codes.DimOutOfRange(
                                span=right.span, what="the divisor", value="0", expected="other than 0"
                            )
                        )
                        return None
                    return a // b
                return a + b if op == "+" else a - b if op == "-" else a * b
            case _:
                self.not_a_dim(expression, "this", "not known before running")
                return None

    def _named(self, name: ast.Name, scope: Scope) -> Dim | None:
        symbol = scope.read(name)
        if isinstance(symbol, DimSymbol | SizeSymbol | IndexSymbol):
            return Dim.of(name.id)
        if symbol is None:
            known = tuple(n for n in scope.names() if isinstance(scope.find(n), DimSymbol))
            fault = self.definitions.missing(name, scope, "dim", known)
            self.passed_over = fault is None
            if fault is not None:
                self.sink.report(fault)
        elif isinstance(symbol, ValueSymbol) and symbol.region == "schedule":
            self.sink.report(codes.ScheduleAsDim(span=name.span, name=name.id))
        else:
            self.not_a_dim(name, f"`{name.id}`", "not known before running")
        return None

    def size(self, expression: ast.Expression, scope: Scope) -> Dim | None:
        """A dimension that an axis or a number of classes may have: at least 1, and not absurd."""
        dim = self.dim(expression, scope)
        if dim is None:
            return None
        value = dim.substitute(dim_values(scope)).value
        if any(isinstance(scope.find(s), IndexSymbol) for s in dim.symbols):
            self.not_a_dim(expression, "an axis", "the index of a loop")
            return None
        if value is not None and not 1 <= value <= LARGEST:
            self._report_size(expression, value, scope)
            return None
        return dim

    def _report_size(self, expression: ast.Expression, value: int, scope: Scope) -> None:
        """A dim that is no size is told once, wherever it is used."""
        symbol = scope.find(expression.id) if isinstance(expression, ast.Name) else None
        place = symbol.span if isinstance(symbol, DimSymbol) else None
        if place in self.told:
            return
        self.told |= {place} if place else set()
        self.sink.report(
            codes.DimOutOfRange(
                span=expression.span,
                what="an axis" if isinstance(expression, ast.Number) else f"`{expression.span.text}`",
                value=f"{value:,}",
                expected="at least 1" if value < 1 else f"at most {LARGEST:,}",
                others=(Label(place, "defined here"),) if place else (),
            )
        )

    def number(self, expression: ast.Expression, scope: Scope) -> float | int | None:
        """A compile-time number; None where the expression is none, or has no value (nothing is reported)."""
        try:
            return self.calculated(expression, scope)
        except (ArithmeticError, ValueError):
            return None

    def calculated(self, expression: ast.Expression, scope: Scope) -> float | int | None:
        """A compile-time number; None where the expression is none. Raises what arithmetic raises where it
        has no value."""
        match expression:
            case ast.Number(value=value):
                return value
            case ast.Unary(op="-", operand=operand):
                inner = self.calculated(operand, scope)
                return None if inner is None else -inner
            case ast.Name(id="inf"):
                return math.inf
            case ast.Name() if isinstance(symbol := scope.read(expression), DimSymbol):
                return symbol.dim.substitute(dim_values(scope)).value
            case ast.Binary(op=op, left=left, right=right):
                a, b = self.calculated(left, scope), self.calculated(right, scope)
                return None if a is None or b is None else _calculated(op, a, b)
            case _:
                return None

    def type(self, text: ast.TypeExpr, scope: Scope) -> TensorType | None:
        """A type as written; None after reporting."""
        kind = KINDS.get(text.kind)
        if kind is None:
            self.sink.report(
                codes.UnknownType(span=text.span, name=text.kind, nearest=nearest(text.kind, list(KINDS)))
            )
            return None
        if (kind in ("class", "onehot")) != (text.size is not None):
            sized = kind in ("class", "onehot")
            self.sink.report(
                codes.TypeForm(
                    span=text.span,
                    kind=text.kind,
                    problem="needs the number of classes" if sized else "takes no size in parentheses",
                    example=f"{kind}(10)" if sized else f"{kind}[10]",
                )
            )
            return None
        size = self.size(text.size, scope) if text.size is not None else None
        shape: list[Dim] = []
        for axis in text.shape or ():
            if isinstance(axis, ast.Rest):
                self.not_a_dim(axis, "an axis", "only signatures of operators have `*`")
                return None
            dim = self.size(axis, scope)
            if dim is None:
                return None
            shape.append(dim)
        if text.size is not None and size is None:
            return None
        return TensorType(kind=kind, size=size, shape=tuple(shape))

    def arguments(self, groups: tuple[ast.Group, ...], scope: Scope) -> tuple[tuple[Argument, ast.Name], ...]:
        """The parameters of a net with their types; those of unknown type are left out."""
        found: list[tuple[Argument, ast.Name]] = []
        for group in groups:
            type_ = self.type(group.type, scope)
            if type_ is not None:
                found += [(Argument(name=n.id, type=type_), n) for n in group.names]
        return tuple(found)


def _calculated(op: str, a: float, b: float) -> float | None:
    """What an operator gives for numbers; None where it gives none."""
    table = {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}
    table["^"] = lambda: float(a) ** float(b)
    found = table[op]() if op in table else None
    if isinstance(found, complex):
        raise ValueError(found)
    return found


def dim_values(scope: Scope) -> dict[str, Dim]:
    """What the dims in scope stand for."""
    outer = dim_values(scope.parent) if scope.parent else {}
    return {n: d for n, d in outer.items() if n not in scope.symbols} | scope.dims


def sizes_in(dim: Dim, scope: Scope) -> list[str]:
    """The lengths that differ between examples on which a dimension depends."""
    return sorted(s for s in dim.symbols if isinstance(scope.find(s), SizeSymbol))


def least(dim: Dim, scope: Scope) -> int | None:
    """The least value of a dimension over the rounds of the loops around it and the lengths that examples may
    have, as far as it is known. Rounds that a length leaves out do not count."""
    known, found = dim_values(scope), []
    for corner, needed in _corners(dim, (), scope):
        symbols = {s for d in (corner, *needed) for s in d.symbols}
        sizes = {s: size for s in sorted(symbols) if isinstance(size := scope.find(s), SizeSymbol)}
        lengths = [_lengths(size.most.substitute(known).value) for size in sizes.values()]
        for given in product(*lengths):
            values = known | {s: Dim.of(n) for s, n in zip(sizes, given, strict=True)}
            if all((n.substitute(values).value or 0) >= 0 for n in needed):
                found.append(corner.substitute(values).value)
    numbers = [v for v in found if v is not None]
    return min(numbers) if numbers and len(numbers) == len(found) else None


def _lengths(most: int | None) -> list[int]:
    """Lengths among which the least value is found: where few rounds are left out, and the longest."""
    return [*range(1, min(most or 1, 12) + 1), most or 1]


def _corners(dim: Dim, needed: tuple[Dim, ...], scope: Scope) -> Iterator[tuple[Dim, tuple[Dim, ...]]]:
    """The dimension in the first and last rounds of loops, and what must not be negative for them to be."""
    for symbol in sorted(dim.symbols):
        index = scope.find(symbol)
        if isinstance(index, IndexSymbol):
            for end in (index.low, index.high):
                more = (*(n.substitute({symbol: end}) for n in needed), index.high - index.low)
                yield from _corners(dim.substitute({symbol: end}), more, scope)
            return
    yield dim, needed


def extremes(dim: Dim, scope: Scope) -> tuple[int | None, int | None]:
    """The least and the greatest value of a dimension over the rounds of the loops around it, as far as they
    are known."""
    known = dim_values(scope)
    indices = {s: i for s in dim.symbols if isinstance(i := scope.find(s), IndexSymbol)}
    found = []
    for ends in product(*([i.low, i.high] for i in indices.values())):
        found.append(dim.substitute({**known, **dict(zip(indices, ends, strict=True))}).value)
    values = [v for v in found if v is not None]
    return (min(values), max(values)) if len(values) == len(found) else (None, None)
