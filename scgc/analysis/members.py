"""Nodes inside a call: `left.z` is the node `z` in the body of the net that defined `left`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.analysis.scope import UNKNOWN, Region, Typed
from scgc.diagnostics import names as codes
from scgc.diagnostics import types as type_codes
from scgc.diagnostics.base import nearest
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, Invoke, Sample
from scgc.ir.types import DistType, Type
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

Found = tuple[Apply | Invoke | Sample, tuple[Dim, ...]]
"""A statement and the axes that the calls on the way to it are mapped over."""


def find(path: str, region: Region) -> Found | None:
    """The statement that defines a value of the region, also inside calls: `left.z`."""
    first, *inner = path.split(".")
    statement = region.statement(first)
    mapped: tuple[Dim, ...] = ()
    for name in inner:
        if not isinstance(statement, Invoke):
            return None
        mapped = (*mapped, *statement.mapped)
        body = region.nets[statement.net].body
        statement = next((s for s in body if s.result == name), None)
    return None if statement is None else (statement, mapped)


def type_of(found: Found) -> Type:
    """The type of a value seen from outside the calls it stands in."""
    statement, mapped = found
    if isinstance(statement.type, DistType):
        event = statement.type.event
        return DistType(family=statement.type.family, event=event.with_shape((*mapped, *event.shape)))
    return statement.type.with_shape((*mapped, *statement.type.shape))


def member(inference: Inference, expression: ast.Attribute, region: Region) -> Typed:
    """The value that an attribute names."""
    base, name = expression.base, expression.name
    if isinstance(base, ast.Name) and base.id == "data" and region.scope.find("data") is None:
        inference.sink.report(
            type_codes.NotAValue(
                span=expression.span,
                what="this",
                found="a size of the data",
                advice=f"give it a name: `dim {name} = data.{name}`.",
            )
        )
        return UNKNOWN
    value = inference.infer(base, region)
    if value.type is None:
        return UNKNOWN
    outer = find(value.operand, region) if isinstance(value.operand, str) else None
    inner = find(f"{value.operand}.{name}", region) if outer else None
    if inner is None:
        known = _names(outer, region)
        shown = f"it has {', '.join(known)}." if known else codes.UnknownMember.known
        hint = nearest(name, known)
        inference.sink.report(
            codes.UnknownMember(
                span=expression.span, base=base.span.text, name=name, known=shown, nearest=hint
            )
        )
        return UNKNOWN
    return Typed(f"{value.operand}.{name}", type_of(inner), fixed=False)


def _names(outer: Found | None, region: Region) -> list[str]:
    """The named nodes of the net whose call a value is."""
    if outer is None or not isinstance(outer[0], Invoke):
        return []
    return [s.result for s in region.nets[outer[0].net].body if not s.result.startswith("%")]
