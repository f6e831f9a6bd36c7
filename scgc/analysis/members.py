"""Nodes inside of calls, loops and choices: `left.z` is the node `z` in the body of the net that defined
`left`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from scgc.analysis.scope import UNKNOWN, Region, Typed
from scgc.diagnostics import loops as loop_codes
from scgc.diagnostics import names as codes
from scgc.diagnostics import types as type_codes
from scgc.diagnostics.base import nearest
from scgc.ir.dims import Dim
from scgc.ir.graph import Choice, Invoke, Loop, Name, Simple, Statement, bodies, walk
from scgc.ir.types import DistType, Type
from scgc.syntax import ast
from scgc.syntax.naming import attribute_at

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

Found = tuple[Simple, tuple[Dim, ...]]
"""A statement, and the axes of the rounds of loops and of mapped calls on the way to it."""


def find(path: str, region: Region) -> Found | None:
    """The statement that defines a value of the region, also inside calls and loops: `left.z`."""
    way = _way(path, region)
    if way is None:
        return None
    defined, mapped = way
    found = defined.get(path.rpartition(".")[2])
    return None if found is None or isinstance(found, Loop | Choice) else (found, mapped)


def rounds(path: str, region: Region) -> tuple[Dim, ...]:
    """The axes that a value of a loop's or mapped call's body has seen from outside."""
    way = _way(path, region)
    return () if way is None else way[1]


def _way(path: str, region: Region) -> tuple[Mapping[str, Statement], tuple[Dim, ...]] | None:
    """Through the calls and loops in front of the last name: what is defined there, and the axes on the way;
    None where a name on it is neither."""
    defined: Mapping[str, Statement] = region.defined
    mapped: tuple[Dim, ...] = ()
    for name in path.split(".")[:-1]:
        statement = defined.get(name)
        if isinstance(statement, Loop):
            mapped = (*mapped, statement.count)
        elif isinstance(statement, Invoke):
            mapped = (*mapped, *statement.mapped)
            defined = {s.result: s for s in walk(region.nets[statement.net].body)}
        else:
            return None
    return defined, mapped


Hole = Literal["halt", "some rounds", "choice"]
"""Why a value is not there for every example in every round: its loop may halt before, or it stands in a
choice, of a loop's body or elsewhere."""


def hole(path: str, region: Region) -> Hole | None:
    """What on the way to a value leaves some of it out; None where nothing does."""
    defined: Mapping[str, Statement] = region.defined
    choices = region.choices
    looped = False
    found: Hole | None = None
    for name in path.split("."):
        if any(name == s.result for c in choices for s in walk(bodies(c))):
            found = "some rounds" if looped else "choice"
        if found == "choice":
            break
        statement = defined.get(name)
        if isinstance(statement, Loop) and statement.result == name:
            looped = True
            found = found or ("halt" if statement.halt is not None else None)
        elif isinstance(statement, Invoke):
            looped = False
            defined = {s.result: s for s in walk(region.nets[statement.net].body)}
            choices = [s for s in defined.values() if isinstance(s, Choice)]
    return found


def read(inference: Inference, value: Typed, expression: ast.Expression, region: Region) -> Typed:
    """A value that is there for every example in every round; another is reported."""
    found = hole(value.operand, region) if isinstance(value.operand, str) else None
    if found is None:
        return value
    report_hole(inference, found, expression)
    return UNKNOWN


def report_hole(inference: Inference, found: Hole, expression: ast.Expression) -> None:
    """A value that is not there for every example in every round where one is needed."""
    fault = loop_codes.HaltedRounds if found == "halt" else loop_codes.ChosenValue
    inference.sink.report(fault(span=expression.span, name=expression.span.text))


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
    value = inference.named(base, region)
    if value.type is None:
        return UNKNOWN
    outer = find(value.operand, region) if isinstance(value.operand, str) else None
    path = _inside(str(value.operand), name, region)
    inner = find(path, region) if path else None
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
    seen = Typed(path, type_of(inner), fixed=False)
    region.scope.names_at[attribute_at(expression)] = Name((_owner(path, region), name), seen.type)
    return seen


def _owner(path: str, region: Region) -> str:
    """The path of the net in whose body the last name of a path stands."""
    words = path.split(".")
    for end in range(len(words) - 1, 0, -1):
        call = find(".".join(words[:end]), region)
        if call is not None and isinstance(call[0], Invoke):
            return call[0].net
    return region.path


def _inside(call: str, name: str, region: Region) -> str:
    """The path of a node in a call; where `call` is a version of a name that loops or choices gave other
    values, in the last of their calls that has it. "" for none."""
    direct = _of_call(call, name, region)
    if direct:
        return direct
    known = call.split("@")[0]
    for other in reversed(region.defined):
        path = _of_call(f"{region.loops[other]}{other}", name, region) if other.split("@")[0] == known else ""
        if path:
            return path
    return ""


def _of_call(call: str, name: str, region: Region) -> str:
    """The path of a node in exactly this call, through the loops of the net that it stands in."""
    found = find(call, region)
    if found is None or not isinstance(found[0], Invoke):
        return ""
    around = _around(region.nets[found[0].net].body, name)
    return "" if around is None else f"{call}.{around}{name}"


def _around(body: Iterable[Statement], name: str) -> str | None:
    """The loops (`%loop1.%loop2.`) around a value of a body; None where it has no such value."""
    for statement in body:
        if isinstance(statement, Loop | Choice):
            inner = _around(bodies(statement), name)
            if inner is not None:
                return f"{statement.result}.{inner}" if isinstance(statement, Loop) else inner
        elif statement.result == name:
            return ""
    return None


def _names(outer: Found | None, region: Region) -> list[str]:
    """The named nodes of the net whose call a value is."""
    if outer is None or not isinstance(outer[0], Invoke):
        return []
    return [s.result for s in walk(region.nets[outer[0].net].body) if not s.result.startswith("%")]
