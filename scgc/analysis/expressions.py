"""Inference of expressions: from the syntax to statements of a region, bottom up, with types.

A mistake is reported once; what depends on it has the unknown type and is passed over in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scgc.analysis import calls, matching, members, subscripts
from scgc.analysis.binding import Given
from scgc.analysis.constants import Constants, dim_values, sizes_in
from scgc.analysis.definitions import Definitions
from scgc.analysis.scope import (
    UNKNOWN,
    DimSymbol,
    IndexSymbol,
    NetSymbol,
    Region,
    SizeSymbol,
    Typed,
    ValueSymbol,
)
from scgc.diagnostics import graph as graph_codes
from scgc.diagnostics import names as name_codes
from scgc.diagnostics import types as codes
from scgc.diagnostics.base import Label, Sink
from scgc.ir.dims import Dim, Unwieldy
from scgc.ir.graph import Apply, DimOption, Option
from scgc.ir.types import DistType, TensorType
from scgc.source import Span
from scgc.syntax import ast

OPERATORS = {symbol: name for name, symbol in matching.BINARY.items()}
_TEXT = 'a text stands in options only, such as `npz("train.npz")`.'
_LIST = "a list stands in options only; `stack(a, b)` makes one value of several, `ones(2)` one of numbers."
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


@dataclass
class Inference:
    """What the inference of one program shares."""

    sink: Sink
    definitions: Definitions
    constants: Constants = field(init=False)

    def __post_init__(self) -> None:
        self.constants = Constants(self.sink, self.definitions)

    def known(self, region: Region) -> dict[str, Dim]:
        """What the dims stand for."""
        return dim_values(region.scope)

    def infer(self, expression: ast.Expression, region: Region, name: str | None = None) -> Typed:
        """The operand and type of an expression; its outermost operation defines `name` if given."""
        match expression:
            case ast.Number(value=value):
                return literal(value)
            case ast.Name() | ast.Attribute():
                found = self.named(expression, region, name)
                return members.read(self, found, expression, region)
            case ast.Binary():
                return self._binary(expression, region, name)
            case ast.Unary():
                return self._unary(expression, region, name)
            case ast.Transpose(operand=operand):
                return self._operator("transpose", [operand], expression, region, name)
            case ast.Index():
                return subscripts.index(self, expression, region, name)
            case ast.Pipe(value=value, target=target):
                first = Given(self.infer(value, region), value.span)
                return calls.call(self, target, region, name, first, expression.span)
            case ast.Call():
                return calls.call(self, expression, region, name)
            case ast.Text() | ast.List():
                text = isinstance(expression, ast.Text)
                what, advice = ("a text", _TEXT) if text else ("a list", _LIST)
                self.sink.report(
                    codes.NotAValue(span=expression.span, what="this", found=what, advice=advice)
                )
                return UNKNOWN

    def named(self, expression: ast.Expression, region: Region, name: str | None = None) -> Typed:
        """What a name or `left.z` stands for, be it a node that not every example has in every round; of
        anything else its value."""
        match expression:
            case ast.Name():
                return self._name(expression, region, name)
            case ast.Attribute():
                return members.member(self, expression, region)
            case _:
                return self.infer(expression, region, name)

    def infer_named(self, expression: ast.Expression, region: Region, name: str) -> Typed:
        """Like `infer`, but what the expression gives is a value of this name, also where it is only a name
        or a number."""
        value = self.infer(expression, region, name)
        if value.type is None or value.operand == name or isinstance(value.type, DistType):
            return value
        return calls.apply(self, "identity", [Given(value, expression.span)], region, expression.span, name)

    def given(self, given: Given, region: Region) -> Typed:
        """An argument's value."""
        return given.what if isinstance(given.what, Typed) else self.infer(given.what, region)

    def _name(self, name: ast.Name, region: Region, defined: str | None) -> Typed:
        if name.id in ("true", "false"):
            return Typed(name.id == "true", TensorType(kind="bool"), fixed=True, literal=True)
        match region.scope.read(name):
            case ValueSymbol() as symbol:
                if symbol.region != region.path and not symbol.value.fixed:
                    self.sink.report(
                        graph_codes.CapturedValue(
                            span=name.span,
                            name=name.id,
                            net=region.path.rpartition("/")[2],
                            reason="the example",
                            others=(Label(symbol.span, "defined here"),),
                        )
                    )
                    return UNKNOWN
                return symbol.value
            case DimSymbol() | SizeSymbol() | IndexSymbol():
                return self.dim_value(Dim.of(name.id), region, name.span, defined)
            case NetSymbol():
                self.sink.report(
                    name_codes.WrongRole(
                        span=name.span,
                        name=name.id,
                        found="a net",
                        expected="a value",
                        advice=f"call it: `{name.id}(...)`.",
                    )
                )
                return UNKNOWN
            case _:
                self.unknown_name(name, region, "value")
                return UNKNOWN

    def unknown_name(self, name: ast.Name, region: Region, kind: str, others: tuple[str, ...] = ()) -> None:
        """Report a name that nothing declares before this place."""
        fault = self.definitions.missing(name, region.scope, kind, others)
        if fault is not None:
            self.sink.report(fault)

    def _operator(
        self,
        operator: str,
        operands: list[ast.Expression],
        at: ast.Expression,
        region: Region,
        name: str | None,
    ) -> Typed:
        given = [Given(o, o.span) for o in operands]
        return calls.apply(self, operator, given, region, at.span, name)

    def _binary(self, expression: ast.Binary, region: Region, name: str | None) -> Typed:
        sides = [expression.left, expression.right]
        left, right = (self.infer(s, region) for s in sides)
        try:
            folded = fold(expression.op, left, right)
        except Unwieldy:
            self.sink.report(codes.UnwieldyDim(span=expression.span, what="this number"))
            return UNKNOWN
        if folded is not None:
            return self.dim_value(folded, region, expression.span, name)
        values = [left, right]
        if expression.op in COMPARISONS:
            values = [self._compared(v, values, region, expression.span) for v in values]
        given = [Given(v, s.span) for v, s in zip(values, sides, strict=True)]
        return calls.apply(self, OPERATORS[expression.op], given, region, expression.span, name)

    def _compared(self, value: Typed, both: list[Typed], region: Region, span: Span) -> Typed:
        """A one-hot vector beside a class is compared as a class."""
        kinds = {v.type.kind for v in both if isinstance(v.type, TensorType)}
        if value.type is None or kinds != {"onehot"} | (kinds & {"class", "int"}) or len(kinds) == 1:
            return value
        if isinstance(value.type, TensorType) and value.type.kind == "onehot":
            return calls.apply(self, "to_class", [Given(value, span)], region, span)
        return value

    def _unary(self, expression: ast.Unary, region: Region, name: str | None) -> Typed:
        operand = expression.operand
        if expression.op == "not":
            return self._operator("logical_not", [operand], expression, region, name)
        value = self.infer(operand, region)
        if expression.op == "+":
            return value
        if value.literal and not isinstance(value.operand, str | bool):
            return literal(-value.operand)
        if value.dim is not None:
            return self.dim_value(-value.dim, region, expression.span, name)
        return calls.apply(self, "neg", [Given(value, operand.span)], region, expression.span, name)

    def dim_value(self, dim: Dim, region: Region, span: Span, name: str | None = None) -> Typed:
        """A compile-time integer as a value of the graph."""
        if dim.value is not None and name is None:
            return literal(dim.value)
        kind = TensorType(kind="int")
        result = name or region.fresh()
        own = bool(sizes_in(dim, region.scope))
        function, option = ("length", "size") if own else ("number", "value")
        options: dict[str, Option] = {option: DimOption(dim=dim)}
        region.add(Apply(result=result, function=function, inputs={}, options=options, type=kind), span)
        return Typed(result, kind, fixed=not own, dim=dim)


def literal(value: int | float) -> Typed:
    """A number written in the text."""
    if isinstance(value, int):
        return Typed(value, TensorType(kind="int"), fixed=True, dim=Dim.of(value), literal=True)
    return Typed(value, TensorType(kind="real"), fixed=True, literal=True)


def fold(op: str, left: Typed, right: Typed) -> Dim | None:
    """Arithmetic of compile-time integers stays at compile time. Raises Unwieldy."""
    if left.dim is None or right.dim is None:
        return None
    match op:
        case "+":
            return left.dim + right.dim
        case "-":
            return left.dim - right.dim
        case "*":
            return left.dim * right.dim
        case _:
            return None
