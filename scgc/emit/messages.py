"""Message passing as one call of `scgc.runtime.propagate`, which chooses between all pairs and the edges."""

from __future__ import annotations

import ast as py
from typing import TYPE_CHECKING

from scgc.emit import expressions
from scgc.emit.calling import called
from scgc.emit.expressions import constant, name
from scgc.emit.nodes import estimator_of
from scgc.ir.graph import Apply, Operand, Propagate, Sample
from scgc.ir.types import TensorType

if TYPE_CHECKING:
    from scgc.emit.body import Body
    from scgc.emit.region import Region

AFFINE = {"concat", "linear", "add", "sub", "neg"}
"""Operators whose results are affine in all their inputs together."""


def write_propagate(body: Body, call: Propagate) -> None:
    along = body.regions.type_of(body.region, call.along)
    assert isinstance(along, TensorType)
    named: dict[str, py.expr] = {}
    if call.where is not None:
        named["where"] = body.tree(call.where)
    if along.kind == "onehot":
        named["pointers"] = constant(True)
    dense = _dense(body, call.along, along)
    if dense is not None:
        named["dense"] = dense
    if along.kind == "bool" and _affine(body.regions.by_path[call.net]):
        named["affine"] = constant(True)
    message = called(body, call.net, call.copy_index)
    args = [body.tree(o) for o in (call.dst, call.src, call.along)]
    args += [body.captured(capture) for capture in body.homes.captures(call.net)]
    body.keep(call, expressions.call("propagate", message, *args, **named))


def _affine(message: Region) -> bool:
    """Whether a net computes nothing but sums of products of its arguments with parameters."""
    found = message.statements
    return bool(found) and all(isinstance(s, Apply) and s.function in AFFINE for s in found)


def _dense(body: Body, operand: Operand, type_: TensorType) -> py.expr | None:
    """When every pair has a weight of its own through which a gradient passes; None for never."""
    if type_.kind == "real":
        return constant(True)
    if type_.kind == "bool" or not isinstance(operand, str):
        return None
    statement = body.region.by_name.get(operand)
    if isinstance(statement, Sample):
        estimator = estimator_of(statement)
        soft = statement.observe is None and (estimator.carries == "value" or estimator.relaxed)
        return name("self.training") if soft else None
    fixed = statement is not None and getattr(statement, "function", "") == "onehot"
    return None if fixed else constant(True)
