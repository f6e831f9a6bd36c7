"""The players of a train block: `minimize LOSSES over PARTS with OPTIMISER`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scgc.analysis.flow import Flow
from scgc.analysis.players import Part, Players, owns_parameters, parts, trained
from scgc.analysis.scope import NetSymbol, Region, ValueSymbol
from scgc.diagnostics import players as codes
from scgc.diagnostics.base import Label, Sink, nearest
from scgc.ir.graph import Apply, Places, Player, Program, Use, walk
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

Owned = Mapping[str, tuple[Part, ...]]
"""A param, or what stands in the definition of a value: layers, and the node whose estimator learns."""


def player(
    inference: Inference,
    region: Region,
    statement: ast.Minimize,
    losses: Sequence[str],
    owned: Owned,
    optimizer: Use,
    times: int,
) -> Player | None:
    """One player; None after a mistake."""
    known = [_loss(inference, name, region, losses) for name in statement.losses]
    found = [_parts(inference, name, region, owned) for name in statement.over]
    if not all(known) or not all(found):
        return None
    by_kind: dict[str, list[str]] = {}
    for part in (p for several in found for p in several):
        by_kind.setdefault(f"{part.kind}s", []).append(part.name)
    names = tuple(dict.fromkeys(n.id for n in statement.losses))
    kinds = {kind: tuple(dict.fromkeys(those)) for kind, those in by_kind.items()}
    return Player(losses=names, optimizer=optimizer, times=times, **kinds)


def _loss(inference: Inference, name: ast.Name, region: Region, losses: Sequence[str]) -> bool:
    if name.id not in losses:
        known = ", ".join(f"`{loss}`" for loss in losses) or "none"
        inference.sink.report(
            codes.MinimizeNoLoss(
                span=name.span, name=name.id, known=known, nearest=nearest(name.id, tuple(losses))
            )
        )
        return False
    region.scope.read(name)
    return True


def _parts(inference: Inference, name: ast.Name, region: Region, owned: Owned) -> tuple[Part, ...]:
    """What a name behind `over` stands for."""
    symbol = region.scope.read(name)
    found: tuple[Part, ...] = ()
    if symbol is None:
        inference.unknown_name(name, region, "net, param or value with layers", tuple(region.scope.names()))
        return ()
    if isinstance(symbol, NetSymbol) and owns_parameters(symbol.net):
        found = (Part("net", name.id),)
    elif isinstance(symbol, ValueSymbol):
        found = owned.get(name.id, ())
    if not found:
        inference.sink.report(codes.NothingToTrain(span=name.span, name=name.id))
    return found


def verify_players(
    program: Program,
    places: Places,
    tree: ast.Program,
    opened: Flow,
    reached: Mapping[str, set[str]],
    sink: Sink,
) -> None:
    """Every parameter has exactly one player, every loss at least one, and each player something to learn.

    reached: what the gradient of each loss reaches.
    """
    players = Players(program, opened)
    if not players.all:
        return
    block = next(d for d in tree.declarations if isinstance(d, ast.Train))
    _verify_owners(program, places, tree, block, sink)
    minimised = {loss for one in players.all for loss in one.losses}
    for cost in program.losses:
        if cost.name not in minimised:
            sink.report(codes.LossOfNobody(span=places.of("", cost.name), name=cost.name))
    for one, statement in zip(players.all, block.players, strict=True) if not sink.errors else ():
        learned = {players.part_of(v) for loss in one.losses for v in reached.get(loss, set())}
        for name, part in ((name, p) for name in statement.over for p in trained(one) if p.name == name.id):
            if part not in learned and part.kind != "node":
                told = " + ".join(one.losses)
                sink.report(codes.NothingLearned(span=name.span, name=name.id, losses=told))


def _verify_owners(program: Program, places: Places, tree: ast.Program, block: ast.Train, sink: Sink) -> None:
    train = program.train
    assert train is not None
    first: dict[Part, ast.Minimize] = {}
    for one, statement in zip(train.players, block.players, strict=True):
        for part in trained(one):
            if part in first:
                others = (Label(first[part].span, "and by this one"),)
                sink.report(codes.TwoPlayers(span=statement.span, part=_shown(part), others=others))
            first.setdefault(part, statement)
    for part in parts(program):
        if part not in first:
            span = _place(part, program, places, tree)
            sink.report(codes.NoPlayer(span=span, part=_shown(part)))


def _shown(part: Part) -> str:
    words = {"param": "the parameter", "node": "the estimator of"}
    return f"{words.get(part.kind, f'the {part.kind}')} `{part.name}`"


def _place(part: Part, program: Program, places: Places, tree: ast.Program) -> Span | None:
    if part.kind == "net":
        nets = [d for d in tree.declarations if isinstance(d, ast.Net | ast.Extern)]
        return next((d.span for d in nets if d.name == part.name), None)
    layers = (s for s in walk(program.body) if isinstance(s, Apply) and s.layer == part.name)
    return places.of("", next((s.result for s in layers), part.name))
