"""Loops: rounds over a range or a sequence, with the values that go from round to round.

The body is a scope of its own in the same region. A name that stood before the loop and is given its next
value in it (`x <- ...`) is carried: it has one version at the beginning of a round, others inside of it, and
one behind the loop. What else the body defines is seen from behind the loop with the rounds as a first axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scgc.analysis import members
from scgc.analysis.bodies import Mark, Place, body, converted, same_type, updated
from scgc.analysis.constants import sizes_in
from scgc.analysis.scope import UNKNOWN, IndexSymbol, Region, Scope, Symbol, Typed, ValueSymbol
from scgc.diagnostics import loops as codes
from scgc.diagnostics.base import Label
from scgc.ir.dims import Dim
from scgc.ir.graph import Carry, Loop
from scgc.ir.types import TensorType
from scgc.record import Record
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

MOST_ROUNDS = 10_000
"""A loop of more rounds is a mistake."""


class _Rounds(Record):
    """What a loop runs over. `item` is the type of an entry of the sequence `over`."""

    start: Dim
    count: Dim
    over: str | None = None
    item: TensorType | None = None


def loop(inference: Inference, node: ast.For, region: Region) -> None:
    """`for index in over { body }` into the region."""
    _verify_name(inference, node, region)
    rounds = _rounds(inference, node, region)
    carried = updated(inference, node.body, region)
    if rounds is None:
        for name in carried:
            region.scope.symbols[name] = ValueSymbol(UNKNOWN, node.span, region.path)
        return
    mark = Mark.of(region, inference)
    built = _built(inference, node, region, rounds, carried)
    # a value that is a number, a bit or a corner before the loop may be any real in later rounds
    better = converted(inference, region, mark, carried, built.ends, node.span)
    if better is not None:
        built = _built(inference, node, region, rounds, better)
    built.finish()


def _verify_name(inference: Inference, node: ast.For, region: Region) -> None:
    symbol = region.scope.find(node.index.id)
    if symbol is not None:
        label = Label(symbol.span, "defined here")
        inference.sink.report(codes.IndexName(span=node.index.span, name=node.index.id, others=(label,)))


# ---- how many rounds


def _rounds(inference: Inference, node: ast.For, region: Region) -> _Rounds | None:
    """The rounds of a loop; None after reporting."""
    over = node.over
    if isinstance(over, ast.Call) and isinstance(over.function, ast.Name) and over.function.id == "range":
        return _range(inference, over, region)
    value = inference.infer(over, region)
    if value.type is None:
        return None
    if value.dim is not None:
        advice = f"write `range({over.span.text})`."
        inference.sink.report(codes.NotASequence(span=over.span, found="a number", advice=advice))
        return None
    if not isinstance(value.type, TensorType) or not value.type.shape or not isinstance(value.operand, str):
        advice = "a loop runs over `range(n)`, or over the first axis of a value."
        inference.sink.report(codes.NotASequence(span=over.span, found=str(value.type), advice=advice))
        return None
    first, *rest = value.type.shape
    if not _sensible(inference, first, over, region):
        return None
    return _Rounds(Dim.of(0), first, value.operand, value.type.with_shape(tuple(rest)))


def _range(inference: Inference, over: ast.Call, region: Region) -> _Rounds | None:
    ends = [inference.constants.dim(a, region.scope) for a in over.args]
    if over.named or len(over.args) not in (1, 2):
        advice = "write `range(stop)` or `range(start, stop)`."
        inference.sink.report(codes.NotASequence(span=over.span, found=over.span.text, advice=advice))
        return None
    if None in ends:
        return None
    start, stop = (Dim.of(0), ends[0]) if len(ends) == 1 else ends
    assert start is not None and stop is not None
    return _Rounds(start, stop - start) if _sensible(inference, stop - start, over, region) else None


def _sensible(inference: Inference, count: Dim, at: ast.Expression, region: Region) -> bool:
    value = count.substitute(inference.known(region)).value
    if value is None or 1 <= value <= MOST_ROUNDS:
        return True
    limit = "at least 1" if value < 1 else f"at most {MOST_ROUNDS:,}"
    inference.sink.report(codes.AbsurdRounds(span=at.span, rounds=f"{value:,}", limit=limit))
    return False


# ---- the body


@dataclass
class _Built:
    """A loop whose body has been inferred; `ends` is what each carried name was at the end of a round."""

    inference: Inference
    node: ast.For
    region: Region
    rounds: _Rounds
    name: str
    index: str
    starts: dict[str, Symbol]
    inside: dict[str, Typed]
    ends: dict[str, ValueSymbol]
    place: Place
    alive: str | None

    def finish(self) -> None:
        """Write the loop, and what stands for its names behind it."""
        region, scope = self.region, self.region.scope
        carried: list[Carry] = []
        for name, end in self.ends.items():
            start, inner = self.starts[name], self.inside[name]
            assert isinstance(start, ValueSymbol)
            if end.value.type is None or not isinstance(inner.type, TensorType):
                scope.symbols[name] = ValueSymbol(UNKNOWN, end.span, region.path)
                continue
            if not same_type(self.inference, region, inner.type, end.value.type):
                others = (Label(start.span, f"{inner.type} before the loop"),)
                change = codes.LoopChangesType(
                    span=end.span,
                    name=name,
                    before=str(inner.type),
                    found=str(end.value.type),
                    others=others,
                )
                self.inference.sink.report(change)
                scope.symbols[name] = ValueSymbol(UNKNOWN, end.span, region.path)
                continue
            result = region.version(name)
            assert isinstance(inner.operand, str)
            carried.append(
                Carry(
                    name=inner.operand,
                    start=start.value.operand,
                    next=end.value.operand,
                    result=result,
                    type=inner.type,
                )
            )
            scope.symbols[name] = ValueSymbol(Typed(result, inner.type), end.span, region.path)
        region.write(
            Loop(
                result=self.name,
                index=self.index,
                start=self.rounds.start,
                count=self.rounds.count,
                over=self.rounds.over,
                item=self.node.index.id if self.rounds.over is not None else None,
                carried=tuple(carried),
                alive=self.alive,
                halt=self.place.halt,
                body=tuple(self.place.statements),
            )
        )
        self.seen_from_behind()

    def seen_from_behind(self) -> None:
        """What the body defines, with the rounds as a first axis."""
        scope = self.region.scope
        for name, symbol in self.place.scope.symbols.items():
            if name in self.ends or not isinstance(symbol, ValueSymbol) or symbol.value.type is None:
                continue
            if name == self.node.index.id or not isinstance(symbol.value.operand, str):
                continue
            path = f"{self.name}.{symbol.value.operand}"
            found = members.find(path, self.region)
            value = UNKNOWN if found is None else Typed(path, members.type_of(found))
            scope.symbols[name] = ValueSymbol(value, symbol.span, self.region.path)
            scope.homes[name] = (self.region.path, name)


def _built(
    inference: Inference, node: ast.For, region: Region, rounds: _Rounds, carried: dict[str, ValueSymbol]
) -> _Built:
    """The loop with its body inferred, the carried names being what `carried` says before it."""
    name = region.fresh("loop")
    scope = Scope(region.scope)
    index = node.index.id
    if rounds.over is None:
        last = rounds.start + rounds.count - 1
        _declare_index(node.index, IndexSymbol(rounds.start, last, node.index.span), scope, region)
    else:
        item = ValueSymbol(Typed(index, rounds.item), node.index.span, region.path)
        _declare_index(node.index, item, scope, region)
        region.places[region.path, index] = node.index.span
        index = region.fresh("round")
    inside: dict[str, Typed] = {}
    for known, symbol in carried.items():
        version = region.version(known)
        inside[known] = Typed(version, symbol.value.type)
        scope.symbols[known] = ValueSymbol(inside[known], symbol.span, region.path)
    halts = any(isinstance(s, ast.Halt) for s in node.body)
    alive = region.fresh("alive") if halts or sizes_in(rounds.count, region.scope) else None
    place = body(inference, node.body, region, scope, f"{name}.", alive)
    ends: dict[str, ValueSymbol] = {}
    for known in carried:
        end = scope.symbols[known]
        assert isinstance(end, ValueSymbol)
        ends[known] = end
    starts: dict[str, Symbol] = dict(carried)
    return _Built(inference, node, region, rounds, name, index, starts, inside, ends, place, alive)


def _declare_index(index: ast.Name, symbol: Symbol, scope: Scope, region: Region) -> None:
    scope.declare(index.id, symbol, (region.path, f"{index.id}@{index.span.start}"), index.span)
