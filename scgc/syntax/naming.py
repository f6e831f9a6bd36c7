"""Where the name that a declaration gives stands in it: for `analysis/scope.py`, which keeps the places."""

from __future__ import annotations

import re

from scgc.source import Span
from scgc.syntax import ast

_WORD = re.compile(r"#[^\n]*|[^\W\d]\w*")


def name_at(node: ast.Node, name: str) -> Span:
    """The place of `name` in its declaration: behind the keywords, or in front where a setting took its
    place."""
    if isinstance(node, ast.Name):
        return node.span
    starts = (m.start() for m in _WORD.finditer(node.span.text) if m[0] == name)
    start = node.span.start + next((s for s in starts if s > 0 or not _keyed(node)), 0)
    return Span(node.span.source, start, start + len(name))


def key_words(setting: ast.Setting) -> list[Span]:
    """The words of a setting's key, `pick`, `z` and `via` of `pick.z.via`."""
    words = (m for m in _WORD.finditer(setting.span.text) if not m[0].startswith("#"))
    start = setting.span.start
    wanted = setting.key.count(".") + 1
    return [
        Span(setting.span.source, start + m.start(), start + m.end())
        for m, _ in zip(words, range(wanted), strict=False)
    ]


def argument_at(argument: ast.Named) -> Span:
    """The name of a named argument; of one that stands for itself, `scale` in `f(tau = 1, scale)`, all."""
    start = argument.span.start
    return Span(argument.span.source, start, start + len(argument.name))


def attribute_at(attribute: ast.Attribute) -> Span:
    """The name behind the dot."""
    end = attribute.span.end
    return Span(attribute.span.source, end - len(attribute.name), end)


def _keyed(node: ast.Node) -> bool:
    """Whether a declaration begins with a word of the grammar."""
    return not isinstance(node, ast.Assign | ast.Draw | ast.Update)
