"""The precision of numbers that are made of classes, truth values and integers, which have none themselves.

Sums and elementwise functions take the wider of two precisions; a matrix product wants both sides alike. What
one reads therefore follows a parameter, so that a model in double precision multiplies doubles.
"""

from __future__ import annotations

import ast as py
from typing import TYPE_CHECKING

from scgc.emit.expressions import fill, name
from scgc.ir.graph import Apply, Choice, Invoke, Loop, Operand, Propagate, Sample, refs
from scgc.ir.types import DistType, TensorType

if TYPE_CHECKING:
    from scgc.emit.body import Body

MADE = ("to_real", "onehot")
"""Operators that make numbers of what has no precision."""
WEIGHTED = ("linear", "conv2d", "conv_transpose2d", "embedding")
"""Layers with an attribute `weight`."""


def as_numbers(body: Body, value: str, tree: py.expr) -> py.expr:
    """Classes, truth values or integers as the numbers that a value of the region is."""
    like = followed(body, value)
    return (
        fill("{x}.float()", {"x": tree})
        if like is None
        else fill("{x}.to({p}.dtype)", {"x": tree, "p": like})
    )


def followed(body: Body, value: str) -> py.expr | None:
    """The parameter or input whose precision a value has; None where its own will do."""
    return _like(body) if _multiplied(body, value, set()) else None


def _like(body: Body) -> py.expr | None:
    """A parameter of the class whose code the region is, else a real argument."""
    params = body.regions.program.params
    if body.owner == "" and params:
        return name(f"self.{body.homes.attribute('', 'param', params[0].name)}")
    for statement in body.homes.statements(body.region.path):
        if isinstance(statement, Apply) and statement.layer and statement.function in WEIGHTED:
            return name(f"self.{body.layer(statement)}.weight")
    real = (a for a, t in body.region.args.items() if t.kind == "real" and not body.guard(a))
    return next((body.trees[a] for a in real if a in body.trees), None)


def _multiplied(body: Body, value: str, seen: set[str]) -> bool:
    """Whether a matrix product may read a value in the precision that it has."""
    if value in seen:
        return False
    seen.add(value)
    region = body.region
    if region.net is not None and value in (region.net.result, *body.regions.asked.exports(region)):
        return True
    handed = [n for h in body.homes.holders(region.path) for n in _handed(h, value)]
    for statement in body.homes.statements(region.path):
        if not any(_is(r, value) for r in refs(statement)):
            continue
        match statement:
            case Invoke() | Propagate():
                return True
            case Apply(layer=layer, function=function) if layer is not None or function == "matmul":
                return True
            case Apply() if all(_made(body, r, seen) for r in refs(statement)):
                handed.append(statement.result)
    return any(_multiplied(body, n, seen) for n in handed)


def _is(read: str, value: str) -> bool:
    """Whether a name is a value's, seen from behind a loop too."""
    return read == value or (read.startswith("%loop") and read.endswith(f".{value}"))


def _handed(holder: Loop | Choice, value: str) -> list[str]:
    """The names under which a loop or choice hands a value on."""
    if isinstance(holder, Loop):
        return [n for c in holder.carried if value in (c.start, c.next) for n in (c.name, c.result)]
    return [m.result for m in holder.merges if value in (m.then, m.orelse)]


def _made(body: Body, operand: Operand, seen: set[str]) -> bool:
    """Whether a value is made of nothing that has a precision."""
    if not isinstance(operand, str) or operand in seen:
        return True
    type_ = body.regions.operand_type(body.region, operand)
    if isinstance(type_, TensorType) and type_.kind not in ("real", "bit", "onehot"):
        return True
    match body.region.by_name.get(operand):
        case Apply(function=function) if function in MADE:
            return True
        case Sample(observe=observe):
            return observe is not None
        case Apply(layer=None, type=TensorType()) as statement if statement.function != "matmul":
            read = refs(statement)
            return bool(read) and all(_made(body, r, seen) for r in read)
        case _:
            return isinstance(type_, DistType)
