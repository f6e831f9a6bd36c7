"""Lengths that differ between examples: the lines that make their masks, and what stands in the padding."""

from __future__ import annotations

import ast as py
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from scgc.emit.expressions import call, constant, fill, name
from scgc.emit.imports import used_names
from scgc.emit.module import Assign, If, Line
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, Simple, refs
from scgc.ir.types import DistType, TensorType
from scgc.ops import operators

if TYPE_CHECKING:
    from scgc.emit.body import Body
    from scgc.emit.region import Region


def length_lines(
    body: Body,
    locals_: Mapping[str, str],
    sizes: Mapping[str, str],
    required: Collection[str],
    rest: list[Line],
) -> list[Line]:
    """At the beginning of a method of the program, before `rest`. `locals_` are the names of its inputs,
    `sizes` those of the lengths, `required` the inputs that are always there."""
    shortest = _shortest(body)
    lines = _widened(body, locals_, required, shortest)
    padding = _padding(body, locals_, required)
    used = used_names([], [*padding, *rest])
    for size, local in sizes.items():
        mask = body.trees[f"mask {size}"]
        assert isinstance(mask, py.Name)
        if mask.id not in used:
            continue
        width = _width(body, size, locals_, sizes, required, shortest.get(size, 1))
        comment = f"which entries are an example's own: `{size}` differs between examples"
        lines.append(Assign((mask.id,), call("length_mask", name(local), width), comment))
    return lines + padding


def _shortest(body: Body) -> dict[str, int]:
    """By length how many entries its axis must have for no slice of it to be empty where an entry is
    needed."""
    found: dict[str, int] = {}
    for dim in (
        d for r in body.regions for s in body.homes.statements(r.path) for d in _read_whole(body, r, s)
    ):
        for size in body.homes.sizes_in([dim]):
            less = (Dim.of(size) - dim).value or 0
            if less > 0:
                found[size] = max(found.get(size, 1), less + 1)
    return found


def _read_whole(body: Body, region: Region, statement: Simple) -> tuple[Dim, ...]:
    """The axes along which a statement needs an entry."""
    if not isinstance(statement, Apply):
        return ()
    if isinstance(statement.type, DistType):
        return statement.type.event.stored
    if not any(o.nonempty for o in operators()[statement.function]):
        return ()
    types = [body.regions.type_of(region, r) for r in refs(statement)]
    return tuple(d for t in types if isinstance(t, TensorType) for d in t.stored)


def _widened(
    body: Body, locals_: Mapping[str, str], required: Collection[str], shortest: Mapping[str, int]
) -> list[Line]:
    """More padding for inputs of a batch of examples that are all shorter."""
    lines: list[Line] = []
    for given in body.regions.program.inputs:
        tree: py.expr = name(locals_[given.name])
        rank = given.type.rank
        for axis, dim in enumerate(given.type.shape):
            if str(dim) in shortest:
                tree = call("widen", tree, constant(shortest[str(dim)]), constant(axis - rank))
        if isinstance(tree, py.Call) and body.regions.asked.uses[""][given.name] > 0:
            lines += _where_given(given.name, locals_, required, tree)
    return lines


def _where_given(
    given: str, locals_: Mapping[str, str], required: Collection[str], tree: py.expr
) -> list[Line]:
    """Another value of an input, if it is there."""
    own: list[Line] = [Assign((locals_[given],), tree)]
    return own if given in required else [If(name(f"{locals_[given]} is not None"), own)]


def _padding(body: Body, locals_: Mapping[str, str], required: Collection[str]) -> list[Line]:
    """Numbers in the padding for which what is computed is defined. Classes and truth values always are."""
    lines: list[Line] = []
    for given in body.regions.program.inputs:
        type_ = given.type
        padded = [a for a, d in enumerate(type_.shape) if body.homes.sizes_in([d])]
        read = body.regions.asked.uses[""][given.name] > 0
        if type_.kind not in ("real", "int") or not padded or not read:
            continue
        local = locals_[given.name]
        tree: py.expr = name(local)
        for axis in padded:
            at = constant(axis - len(type_.shape))
            tree = call("repeat_first", tree, body.mask(type_.shape[axis]), at)
        lines += _where_given(given.name, locals_, required, tree)
    return lines


def _width(
    body: Body,
    size: str,
    locals_: Mapping[str, str],
    sizes: Mapping[str, str],
    required: Collection[str],
    shortest: int,
) -> py.expr:
    """The axis of an input that is as long as the longest example of the batch, and at least `shortest`."""
    inputs = body.regions.program.inputs
    axes = [(i.name, a) for i in inputs for a, d in enumerate(i.type.shape) if d == Dim.of(size)]
    for given, axis in axes:
        if given in required:
            return name(f"{locals_[given]}.shape[{1 + axis}]")
    width = fill("int({n}.max())", {"n": name(sizes[size])})
    width = width if shortest == 1 else call("max", width, constant(shortest))
    for given, axis in reversed(axes):
        local = locals_[given]
        width = py.IfExp(name(f"{local} is not None"), name(f"{local}.shape[{1 + axis}]"), width)
    return width
