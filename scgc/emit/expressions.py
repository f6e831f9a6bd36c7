"""Python expressions as trees of the standard `ast` module: filled from templates, printed in ruff's style.

The declarations of operators are templates such as `"{x} + {y}"`; filling one puts trees where the braces
are, so that parentheses come out right by themselves. A tree never changes: others are made of its parts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Filling = ast.expr | list[ast.expr]
"""What a place of a template becomes; a list where several arguments stand."""

_SLOT = "_slot_"


def parse(text: str) -> ast.expr:
    """The tree of a Python expression."""
    return ast.parse(text, mode="eval").body


def name(text: str) -> ast.expr:
    """A name, or a dotted path of them."""
    return parse(text)


def call(function: ast.expr | str, *args: ast.expr, **named: ast.expr) -> ast.Call:
    """A call."""
    return ast.Call(
        _template(function) if isinstance(function, str) else function,
        list(args),
        [ast.keyword(key, value) for key, value in named.items()],
    )


def constant(value: object) -> ast.expr:
    """A literal; negative numbers as Python reads them."""
    return parse(repr(value))


def slots(template: str) -> list[str]:
    """The names in braces, each as often as it stands."""
    return re.findall(r"\{(\w+)\}", template)


def fill(template: str, fillings: Mapping[str, Filling], left_out: frozenset[str] = frozenset()) -> ast.expr:
    """A template with its places filled; keyword arguments whose place is in `left_out` vanish."""
    return _Fill(fillings, left_out).visit(_template(template))  # type: ignore[no-any-return]


@cache
def _template(text: str) -> ast.expr:
    """The tree of a template, its names marked as the module's: they are imported, never a local."""
    tree = parse(re.sub(r"\{(\w+)\}", _SLOT + r"\1", text))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.outside = True  # type: ignore[attr-defined]
    return tree


def outside(node: ast.Name) -> bool:
    """Whether a name is of a template."""
    return getattr(node, "outside", False)


class Rewriting:
    """Makes another tree of one, by a method `visit_Kind` for every kind of node that it changes."""

    def visit(self, node: Any) -> Any:
        """What becomes of a node, or of what a field of one holds."""
        if isinstance(node, list):
            return [self.visit(part) for part in node]
        if not isinstance(node, ast.AST):
            return node
        method = getattr(self, f"visit_{type(node).__name__}", None)
        return method(node) if method else self.inside(node)

    def inside(self, node: ast.AST) -> ast.AST:
        """A node with what becomes of its parts; the node itself where they stay the same."""
        before = [getattr(node, field) for field in node._fields]
        after = [self.visit(part) for part in before]
        return node if after == before else type(node)(*after)


class _Fill(Rewriting):
    def __init__(self, fillings: Mapping[str, Filling], left_out: frozenset[str]) -> None:
        self.fillings = fillings
        self.left_out = left_out

    def slot(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name) and node.id.startswith(_SLOT):
            return node.id.removeprefix(_SLOT)
        return None

    def spliced(self, nodes: list[ast.expr]) -> list[ast.expr]:
        found: list[ast.expr] = []
        for node in nodes:
            value = self.fillings.get(self.slot(node) or "")
            found += value if isinstance(value, list) else [self.visit(node)]
        return found

    def visit_Call(self, node: ast.Call) -> ast.Call:
        kept = [k for k in node.keywords if self.slot(k.value) not in self.left_out]
        keywords = [ast.keyword(k.arg, self.visit(k.value)) for k in kept]
        return ast.Call(self.visit(node.func), self.spliced(node.args), keywords)

    def visit_Tuple(self, node: ast.Tuple) -> ast.Tuple:
        return ast.Tuple(self.spliced(node.elts), ast.Load())

    def visit_List(self, node: ast.List) -> ast.List:
        return ast.List(self.spliced(node.elts), ast.Load())

    def visit_Name(self, node: ast.Name) -> ast.expr:
        slot = self.slot(node)
        if slot is None:
            return node
        value = self.fillings[slot]
        assert not isinstance(value, list), slot
        return value


def replace_names(tree: ast.expr, found: Callable[[str], ast.expr | None]) -> ast.expr:
    """The tree in which names become what `found` says of them, where it says anything."""

    class Replace(Rewriting):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return found(node.id) or node

    return Replace().visit(tree)  # type: ignore[no-any-return]


def names(tree: ast.expr) -> set[str]:
    """Every plain name in it (of a dotted path the first part)."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def simple(tree: ast.expr) -> bool:
    """Whether it may stand twice without computing anything twice."""
    if isinstance(tree, ast.Attribute):
        return simple(tree.value)
    return isinstance(tree, ast.Name | ast.Constant)
