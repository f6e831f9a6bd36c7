"""What the grammar alone cannot refuse: looked for in the tree of rules before `ast` nodes are built.

Depth comes first, and without recursion: every later stage may then walk the tree recursively.
"""

from __future__ import annotations

from math import isinf

from scgc.diagnostics.base import Diagnostic, Label
from scgc.diagnostics.syntax import (
    ArgumentOrder,
    HaltOutside,
    KnownMistake,
    NestedTooDeep,
    NumberTooLarge,
    RepeatedClause,
    UpdateOutside,
)
from scgc.source import Source, Span
from scgc.syntax.tree import Token, Tree

DEEPEST = 100
"""Brackets, and parts of an expression, inside one another."""

LARGEST = 2**63 - 1
"""What a tensor of integers can hold."""

_HOLDERS = {"net", "for", "if", "body", "update", "halt"}
"""The steps of loops, and what they may stand in."""


def verify_tree(source: Source, tree: Tree) -> list[Diagnostic]:
    """Every mistake of this kind, in the order of the text."""
    if (deep := _deepest(tree)) is not None:
        return [NestedTooDeep(span=_span(source, deep), limit=DEEPEST)]
    found = _steps(source, tree, ())
    for part in tree.walk():
        if part.data == "draw":
            found += _clauses(source, part)
        elif part.data == "arguments":
            found += _arguments(source, part)
        elif part.data == "losses":
            found += _losses(source, part)
        elif part.data == "number":
            found += _number(source, part)
    return sorted(found, key=lambda d: d.span.start if d.span else 0)


def _deepest(tree: Tree) -> Tree | None:
    """The first part of the tree that lies too deep."""
    layer = [tree]
    for _ in range(DEEPEST):
        layer = [child for part in layer for child in part.children if isinstance(child, Tree)]
    return next((part for part in layer if not part.empty), None)


def _clauses(source: Source, draw: Tree) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    first: dict[str, Span] = {}
    for clause in draw.children[2:]:
        assert isinstance(clause, Tree)
        name, span = clause.data, _span(source, clause)
        if name in first:
            others = (Label(first[name], "first given here"),)
            found.append(RepeatedClause(span=span, clause=name, others=others))
        first.setdefault(name, span)
    return found


def _arguments(source: Source, arguments: Tree) -> list[Diagnostic]:
    """Behind a named argument a bare name stands for the argument of its own name, anything else is lost."""
    found: list[Diagnostic] = []
    named: Span | None = None
    for argument in arguments.children:
        assert isinstance(argument, Tree)
        if argument.data == "named":
            named = named or _span(source, argument)
        elif named is not None and argument.data != "name":
            found.append(
                ArgumentOrder(span=_span(source, argument), others=(Label(named, "the one with a name"),))
            )
    return found


def _losses(source: Source, losses: Tree) -> list[Diagnostic]:
    """What a player minimises is a sum."""
    mistake, advice = (
        "losses are added up",
        "give the loss its sign where it is declared: `loss NAME = -(...)`.",
    )
    signs = [t for t in losses.children if isinstance(t, Token) and t == "-"]
    spans = [Span(source, t.start, t.end) for t in signs]
    return [KnownMistake(span=span, mistake=mistake, advice=advice) for span in spans]


def _number(source: Source, number: Tree) -> list[Diagnostic]:
    text = str(number.children[0])
    too_large = len(text) > 400 or (int(text) > LARGEST if text.isdigit() else isinf(float(text)))
    return [NumberTooLarge(span=_span(source, number))] if too_large else []


def _steps(source: Source, part: Tree, around: tuple[str, ...]) -> list[Diagnostic]:
    """What belongs into a loop or choice and stands in none; `around` are those around the part."""
    if part.data == "update" and not around:
        return [UpdateOutside(span=_span(source, part), name=str(part.children[0]))]
    if part.data == "halt" and "for" not in around:
        return [HaltOutside(span=_span(source, part))]
    if part.data in ("for", "if"):
        around = (*around, part.data)
    inside = [child for child in part.children if isinstance(child, Tree) and child.data in _HOLDERS]
    return [found for child in inside for found in _steps(source, child, around)]


def _span(source: Source, part: Tree) -> Span:
    return Span(source, part.start, part.end)
