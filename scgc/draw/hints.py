"""The hints of a figure: what an SVG shows where the pointer rests on a node."""

from __future__ import annotations

from scgc.draw.flat import Flat, Path, Value
from scgc.draw.formula import Formula
from scgc.draw.words import printable, sentence, shortened
from scgc.ir.graph import Places, Sample, Simple, shown
from scgc.ir.types import Type

_LONGEST = 160


def hint(flat: Flat, value: Value, places: Places | None) -> str:
    """The line of the program, or the formula where the text is not at hand, and the documentation."""
    doc = sentence(_doc(flat, value))
    return shortened(printable(_line(flat, value, places)), _LONGEST) + (f" — {doc}" if doc else "")


def _line(flat: Flat, value: Value, places: Places | None) -> str:
    statement = value.statement
    name = shown(value.local)
    if statement is None:
        return name if value.type is None else f"{name} : {value.type}"
    span = places.of(value.net, value.local) if places else None
    if span is not None:
        return " ".join(span.text.split())
    drawn = isinstance(statement, Sample)
    right = formula(flat, value.region, by_node=not drawn).statement(statement)
    return f"{name} {'~' if drawn else '='} {right}"


def _doc(flat: Flat, value: Value) -> str:
    """The `##` lines above a declaration; nodes inside nets have none of their own."""
    if value.region:
        return ""
    return flat.docs.get(value.name) or flat.program.docs.get(value.name, "")


def formula(flat: Flat, region: Path, by_node: bool = True) -> Formula:
    """A writer of expressions in a region; `by_node`: a distribution goes by the name of its node."""

    def inline(operand: str) -> Simple | None:
        found = flat.resolve(region, operand)
        value = flat.values[found] if found is not None else None
        return value.statement if value and value.unnamed and value.region == region else None

    def node_of(operand: str) -> str | None:
        found = flat.resolve(region, operand)
        node = flat.draws.get(found) if found is not None and flat.values[found].unnamed else None
        prefix = ".".join(region) + "." if region else ""
        return node.removeprefix(prefix) if node is not None and by_node else None

    def typed(operand: str) -> Type | None:
        found = flat.resolve(region, operand)
        return flat.values[found].type if found is not None else None

    return Formula(inline, node_of, typed)
