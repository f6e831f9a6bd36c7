"""Choices: `if` on what is known before a statement runs. One that is decided already leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from scgc.analysis import calls
from scgc.analysis.binding import Given
from scgc.analysis.bodies import Mark, Place, body, same_type, updated
from scgc.analysis.constants import Constants, extremes, sizes_in
from scgc.analysis.scope import UNKNOWN, IndexSymbol, Region, Scope, Typed, ValueSymbol
from scgc.diagnostics import loops as codes
from scgc.diagnostics.base import Label, Sink
from scgc.ir.dims import Dim
from scgc.ir.graph import Choice, Merge, Test
from scgc.ir.types import TensorType
from scgc.ops.signature import convert
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

COMPARED: dict[str, Callable[[int, int], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def choice(inference: Inference, node: ast.If, region: Region) -> None:
    """`if test { body } else { orelse }` into the region."""
    test = read(inference, node.test, region)
    if test is None:
        for name in updated(inference, (*node.body, *node.orelse), region):
            region.scope.symbols[name] = ValueSymbol(UNKNOWN, node.span, region.path)
        return
    decided = decide(test, region.scope)
    if decided is not None:
        _read_over(inference, node.orelse if decided else node.body, region)
        _inline(inference, node.body if decided else node.orelse, region)
        return
    changed = updated(inference, (*node.body, *node.orelse), region)
    sizes = _sizes(test, region.scope)
    if sizes:
        what, advice = "the condition of an `if`", "`where(condition, a, b)` chooses for each example."
        fault = codes.SizeNotFixed(span=node.test.span, what=what, size=sizes[0], advice=advice)
        inference.sink.report(fault)
    places = []
    for statements, holds in ((node.body, True), (node.orelse, False)):
        scope = Scope(region.scope)
        _narrow(test, holds, scope)
        places.append(body(inference, statements, region, scope))
    then, orelse = places
    for place in places:
        _known_outside(place, changed, region)
    if then.halt or orelse.halt:
        inference.sink.report(codes.HaltInChoice(span=node.span))
    merges: list[Merge] = []
    for name, before in changed.items():
        one, other = (p.scope.symbols.get(name, before) for p in places)
        assert isinstance(one, ValueSymbol) and isinstance(other, ValueSymbol)
        one, other = (
            _as_number(inference, region, place, mine, theirs, node.span)
            for place, mine, theirs in ((then, one, other), (orelse, other, one))
        )
        merged = _merged(inference, node, region, name, one, other)
        region.scope.symbols[name] = ValueSymbol(merged, node.span, region.path)
        if isinstance(merged.type, TensorType) and isinstance(merged.operand, str):
            merges.append(
                Merge(
                    result=merged.operand,
                    then=one.value.operand,
                    orelse=other.value.operand,
                    type=merged.type,
                )
            )
    region.write(
        Choice(
            result=region.fresh("if"),
            test=test,
            body=tuple(then.statements),
            orelse=tuple(orelse.statements),
            merges=tuple(merges),
        )
    )


def _as_number(
    inference: Inference, region: Region, place: Place, mine: ValueSymbol, theirs: ValueSymbol, span: Span
) -> ValueSymbol:
    """What a name is at the end of a branch, as a real number where it is one in the other branch."""
    own, other = mine.value.type, theirs.value.type
    if not isinstance(own, TensorType) or not isinstance(other, TensorType):
        return mine
    found = convert(own, "real", mine.value.literal) if other.kind == "real" != own.kind else None
    if found is None:
        return mine
    type_, operator = found
    value = mine.value.replace(type=type_)
    if operator is not None:
        outer, region.statements = region.statements, place.statements
        value = calls.apply(inference, operator, [Given(mine.value, span)], region, span)
        region.statements = outer
    return ValueSymbol(value, mine.span, mine.region)


def _inline(inference: Inference, statements: tuple[ast.Statement, ...], region: Region) -> None:
    """The statements of the only branch that can run, in place of the choice."""
    scope = Scope(region.scope)
    changed = updated(inference, statements, region)
    place = body(inference, statements, region, scope)
    for statement in place.statements:
        region.write(statement)
    for name in changed:
        symbol = scope.symbols.get(name)
        if symbol is not None:
            region.scope.symbols[name] = symbol
    _known_outside(place, changed, region)
    if place.halt:
        inference.sink.report(codes.HaltInChoice(span=statements[0].span))


def _known_outside(place: Place, changed: Iterable[str], region: Region) -> None:
    """What a branch defines has its name behind the choice too: all of it where the branch always runs,
    nodes for `kl` and `nll` where it does not (`members.hole`)."""
    for name, symbol in place.scope.symbols.items():
        if isinstance(symbol, ValueSymbol) and name not in changed and region.scope.find(name) is None:
            region.scope.symbols[name] = symbol
            region.scope.homes[name] = (region.path, name)


def _read_over(inference: Inference, statements: tuple[ast.Statement, ...], region: Region) -> None:
    """The branch that never runs: what its names belong to is all that stays of it."""
    mark, attending = Mark.of(region, inference), dict(region.attending)
    body(inference, statements, region, Scope(region.scope))
    mark.back(region, inference)
    region.attending.clear()
    region.attending.update(attending)


def _merged(
    inference: Inference, node: ast.If, region: Region, name: str, one: ValueSymbol, other: ValueSymbol
) -> Typed:
    """What a name stands for behind a choice."""
    if one.value.type is None or other.value.type is None:
        return UNKNOWN
    if not same_type(inference, region, one.value.type, other.value.type):
        label = Label(other.span, f"{other.value.type} otherwise")
        inference.sink.report(
            codes.ChoiceOfTypes(span=one.span, name=name, found=str(one.value.type), others=(label,))
        )
        return UNKNOWN
    return Typed(region.version(name), one.value.type, fixed=one.value.fixed and other.value.fixed)


# ---- the condition


def read(inference: Inference, test: ast.Expression, region: Region) -> Test | None:
    """A condition that is known before the statement runs; None after reporting one that is not."""
    match test:
        case ast.Binary(op="and" | "or" as op, left=left, right=right):
            one, other = read(inference, left, region), read(inference, right, region)
            return None if one is None or other is None else Test(op=op, left=one, right=other)
        case ast.Unary(op="not", operand=operand):
            inner = read(inference, operand, region)
            return None if inner is None else Test(op="not", left=inner)
        case ast.Name(id="training") if region.scope.find("training") is None:
            return Test(op="training")
        case ast.Binary(op="<" | "<=" | ">" | ">=" | "==" | "!=" as compare, left=left, right=right):
            quiet = Constants(Sink(), inference.definitions)
            a, b = quiet.dim(left, region.scope), quiet.dim(right, region.scope)
            if a is not None and b is not None:
                return Test(op=compare, left=a, right=b)
        case _:
            pass
    inference.sink.report(codes.UnknownCondition(span=test.span))
    return None


def decide(test: Test, scope: Scope) -> bool | None:
    """Whether a condition holds in every round, or in none; None where that is not known."""
    match test.op:
        case "training":
            return None
        case "not":
            assert isinstance(test.left, Test)
            inner = decide(test.left, scope)
            return None if inner is None else not inner
        case "and" | "or":
            assert isinstance(test.left, Test) and isinstance(test.right, Test)
            sides = {decide(test.left, scope), decide(test.right, scope)}
            deciding = test.op == "or"
            return deciding if deciding in sides else None if None in sides else not deciding
        case op:
            assert isinstance(test.left, Dim) and isinstance(test.right, Dim)
            least, most = extremes(test.left - test.right, scope)
            if least is None or most is None:
                return None
            compare = COMPARED[op]
            if op in ("==", "!="):
                apart = least > 0 or most < 0
                return (op == "!=") if apart else compare(least, 0) if least == most else None
            ends = {compare(least, 0), compare(most, 0)}
            return ends.pop() if len(ends) == 1 else None


def _sizes(test: Test, scope: Scope) -> list[str]:
    """The lengths that differ between examples on which a condition depends."""
    sides = [s for s in (test.left, test.right) if s is not None]
    return [n for s in sides for n in (_sizes(s, scope) if isinstance(s, Test) else sizes_in(s, scope))]


def _narrow(test: Test, holds: bool, scope: Scope) -> None:
    """Within a branch the index of a loop stays on its side of what it was compared with."""
    if test.op == "and" and holds:
        for side in (test.left, test.right):
            assert isinstance(side, Test)
            _narrow(side, holds, scope)
        return
    if not isinstance(test.left, Dim) or not isinstance(test.right, Dim):
        return
    op = test.op if holds else OPPOSITE[test.op]
    name = str(test.left)
    symbol = scope.find(name)
    if not isinstance(symbol, IndexSymbol):
        return
    low, high = symbol.low, symbol.high
    if op in ("<", "<=", "=="):
        high = test.right - 1 if op == "<" else test.right
    if op in (">", ">=", "=="):
        low = test.right + 1 if op == ">" else test.right
    if op == "!=":
        low = low + 1 if low == test.right else low
        high = high - 1 if high == test.right else high
    scope.symbols[name] = IndexSymbol(low, high, symbol.span)
