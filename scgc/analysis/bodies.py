"""The bodies of loops and choices: statements in a scope of their own, within the region around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scgc.analysis.binding import Given
from scgc.analysis.scope import Region, Scope, Typed, ValueSymbol
from scgc.diagnostics import loops as codes
from scgc.diagnostics.base import Diagnostic, nearest
from scgc.ir.graph import Name, Statement
from scgc.ir.types import TensorType, Type
from scgc.ops.signature import Match, convert
from scgc.source import Span
from scgc.syntax import ast
from scgc.syntax.naming import name_at

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference


@dataclass
class Place:
    """An inferred body. `halt` names what tells whether an example leaves the loop after this round."""

    scope: Scope
    statements: list[Statement] = field(default_factory=list)
    halt: str | None = None


def body(
    inference: Inference,
    statements: Iterable[ast.Statement],
    region: Region,
    scope: Scope,
    within: str = "",
    alive: str | None = None,
) -> Place:
    """Infer statements into a body of their own. `within` is the loop they stand in (`%loop1.`), `alive` what
    tells whether an example takes part in a round of it."""
    from scgc.analysis.nets import statement

    place = Place(scope)
    outer = region.statements, region.scope, region.around, region.alive
    region.statements, region.scope = place.statements, scope
    region.around += within
    region.alive = (*region.alive, alive) if alive else region.alive
    try:
        for node in statements:
            if isinstance(node, ast.Halt):
                _halt(inference, node, region, place)
            else:
                statement(inference, node, region)
    finally:
        region.statements, region.scope, region.around, region.alive = outer
    return place


def _halt(inference: Inference, node: ast.Halt, region: Region, place: Place) -> None:
    """An example leaves the loop after the first round in which one of its conditions held."""
    from scgc.analysis import calls

    value = inference.infer(node.test, region)
    if value.type is None:
        return
    if not isinstance(value.type, TensorType) or value.type.kind != "bool" or value.type.shape:
        inference.sink.report(codes.HaltCondition(span=node.test.span, found=str(value.type)))
        return
    if place.halt is not None:
        before = Typed(place.halt, TensorType(kind="bool"))
        both = [Given(before, node.span), Given(value, node.span)]
        value = calls.apply(inference, "logical_or", both, region, node.span)
    elif not isinstance(value.operand, str):
        value = calls.apply(inference, "identity", [Given(value, node.span)], region, node.span)
    assert isinstance(value.operand, str)
    place.halt = value.operand


# ---- names that get another value


def updated(
    inference: Inference, statements: Iterable[ast.Statement], region: Region
) -> dict[str, ValueSymbol]:
    """The names to which statements give their next value, with what they stand for before; mistakes are
    reported."""
    found: dict[str, ValueSymbol] = {}
    own: set[str] = set()
    for node in statements:
        match node:
            case ast.Update(name=name) if name not in found and name not in own:
                symbol = region.scope.find(name)
                if isinstance(symbol, ValueSymbol) and symbol.region == region.path:
                    found[name] = symbol
            case ast.Assign(name=name) | ast.Draw(name=name):
                own.add(name)
            case ast.For(body=inner):
                found |= {n: s for n, s in updated(inference, inner, region).items() if n not in own}
            case ast.If(body=inner, orelse=orelse):
                inside = updated(inference, (*inner, *orelse), region)
                found |= {n: s for n, s in inside.items() if n not in own}
            case _:
                pass
    return found


def update(inference: Inference, node: ast.Update, region: Region) -> None:
    """`name <- value`: another version of a name that stood before."""
    symbol = region.scope.find(node.name)
    fault: Diagnostic | None = None
    if symbol is None:
        hint = nearest(node.name, region.scope.names())
        fault = codes.UpdateOfNothing(
            span=node.span,
            name=node.name,
            found=f"`{node.name}` has no value before this",
            advice=f"`{node.name} = ...`",
            nearest=hint,
        )
    elif not isinstance(symbol, ValueSymbol) or symbol.region != region.path:
        fault = codes.UpdateOfNothing(
            span=node.span,
            name=node.name,
            found=f"`{node.name}` keeps its value",
            advice=f"`NAME = {node.name}`, and update that",
        )
    if fault is not None:
        inference.sink.report(fault)
        inference.infer(node.value, region)
        return
    version = region.version(node.name)
    value = inference.infer_named(node.value, region, version)
    region.places[region.path, version] = node.span
    after = ValueSymbol(value, node.span, region.path)
    region.scope.symbols[node.name] = after
    region.scope.names_at[name_at(node, node.name)] = Name(region.scope.home(node.name), value.type)


def same_type(inference: Inference, region: Region, a: Type | None, b: Type | None) -> bool:
    """Whether two types are equal under the program's dims."""
    if not isinstance(a, TensorType) or not isinstance(b, TensorType):
        return False
    match = Match(known=inference.known(region))
    sizes = (a.size is None and b.size is None) or (a.size and b.size and match.equal(a.size, b.size))
    shapes = len(a.shape) == len(b.shape) and all(map(match.equal, a.shape, b.shape))
    return a.kind == b.kind and bool(sizes) and shapes


# ---- a second attempt


@dataclass
class Mark:
    """How far a region had come, to go back there."""

    statements: int
    numbers: Counter[str]
    layers: Counter[str]
    names: int
    draws: bool
    faults: int

    @classmethod
    def of(cls, region: Region, inference: Inference) -> Mark:
        return cls(
            len(region.statements),
            region.numbers.copy(),
            region.layers.copy(),
            len(region.defined),
            region.draws,
            len(inference.sink),
        )

    def back(self, region: Region, inference: Inference) -> None:
        """Forget what came after."""
        del region.statements[self.statements :]
        for name in list(region.defined)[self.names :]:
            del region.defined[name], region.loops[name]
        region.choices = [c for c in region.choices if c.result in region.defined]
        region.numbers, region.layers, region.draws = self.numbers, self.layers, self.draws
        inference.sink.forget(self.faults)


def converted(
    inference: Inference,
    region: Region,
    mark: Mark,
    before: dict[str, ValueSymbol],
    after: dict[str, ValueSymbol],
    span: Span,
) -> dict[str, ValueSymbol] | None:
    """The carried names with another kind before the loop where that makes them agree with what they are
    after a round; the region is then as it was at `mark`. None where nothing can or need be done."""
    from scgc.analysis import calls

    wanted: dict[str, tuple[TensorType, str | None]] = {}
    for name, symbol in before.items():
        start, end = symbol.value.type, after[name].value.type
        if not isinstance(start, TensorType) or not isinstance(end, TensorType) or start.kind == end.kind:
            continue
        found = convert(start, end.kind, symbol.value.literal)
        if found is not None and end.kind == "real" and len(found[0].shape) == len(end.shape):
            wanted[name] = found
    if not wanted:
        return None
    mark.back(region, inference)
    better = dict(before)
    for name, (type_, operator) in wanted.items():
        symbol = before[name]
        value = Typed(symbol.value.operand, type_)
        if operator is not None:
            given = [Given(symbol.value, span)]
            value = calls.apply(inference, operator, given, region, span, region.version(name))
        better[name] = ValueSymbol(value, symbol.span, symbol.region)
    return better
