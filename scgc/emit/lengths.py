"""Lengths that differ between examples: the lines that make their masks, and what stands in the padding."""

from __future__ import annotations

import ast as py
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from scgc.emit.expressions import call, constant, fill, name
from scgc.emit.imports import used_names
from scgc.emit.module import Assign, If, Line
from scgc.ir.dims import Dim

if TYPE_CHECKING:
    from scgc.emit.body import Body


def length_lines(
    body: Body,
    locals_: Mapping[str, str],
    sizes: Mapping[str, str],
    required: Collection[str],
    rest: list[Line],
) -> list[Line]:
    """At the beginning of a method of the program, before `rest`. `locals_` are the names of its inputs,
    `sizes` those of the lengths, `required` the inputs that are always there."""
    lines: list[Line] = []
    padding = _padding(body, locals_, required)
    used = used_names([], [*padding, *rest])
    for size, local in sizes.items():
        mask = body.trees[f"mask {size}"]
        assert isinstance(mask, py.Name)
        if mask.id not in used:
            continue
        width = _width(body, size, locals_, sizes, required)
        comment = f"which entries are an example's own: `{size}` differs between examples"
        lines.append(Assign((mask.id,), call("length_mask", name(local), width), comment))
    return lines + padding


def _padding(body: Body, locals_: Mapping[str, str], required: Collection[str]) -> list[Line]:
    """Numbers in the padding for which what is computed is defined. Classes and truth values always are."""
    lines: list[Line] = []
    for given in body.regions.program.inputs:
        type_ = given.type
        padded = [a for a, d in enumerate(type_.shape) if body.homes.sizes_in([d])]
        read = body.regions.uses[""][given.name] > 0
        if type_.kind not in ("real", "int") or not padded or not read:
            continue
        local = locals_[given.name]
        tree: py.expr = name(local)
        for axis in padded:
            at = constant(axis - len(type_.shape))
            tree = call("repeat_first", tree, body.mask(type_.shape[axis]), at)
        own: list[Line] = [Assign((local,), tree)]
        lines += own if given.name in required else [If(name(f"{local} is not None"), own)]
    return lines


def _width(
    body: Body,
    size: str,
    locals_: Mapping[str, str],
    sizes: Mapping[str, str],
    required: Collection[str],
) -> py.expr:
    """The axis of an input that is as long as the longest example of the batch."""
    inputs = body.regions.program.inputs
    axes = [(i.name, a) for i in inputs for a, d in enumerate(i.type.shape) if d == Dim.of(size)]
    for given, axis in axes:
        if given in required:
            return name(f"{locals_[given]}.shape[{1 + axis}]")
    width = fill("int({n}.max())", {"n": name(sizes[size])})
    for given, axis in reversed(axes):
        local = locals_[given]
        width = py.IfExp(name(f"{local} is not None"), name(f"{local}.shape[{1 + axis}]"), width)
    return width
