"""The declarations of a program as a tree, for the outline beside the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol.types import DocumentSymbol, SymbolKind

from scgc.language_server.positions import Positions
from scgc.language_server.reading import Reading
from scgc.source import Span
from scgc.syntax import ast
from scgc.syntax.naming import name_at

KIND: dict[type[ast.Node], SymbolKind] = {
    ast.Dim: SymbolKind.Constant, ast.Size: SymbolKind.Constant, ast.Input: SymbolKind.Field,
    ast.Param: SymbolKind.Property, ast.Net: SymbolKind.Class, ast.Extern: SymbolKind.Class,
    ast.Schedule: SymbolKind.Event, ast.Draw: SymbolKind.Variable, ast.Assign: SymbolKind.Variable,
    ast.Loss: SymbolKind.Number, ast.Metric: SymbolKind.Number, ast.Evaluate: SymbolKind.Module,
    ast.Variant: SymbolKind.Module, ast.Header: SymbolKind.Module,
}  # fmt: skip


def outline(reading: Reading, positions: Positions) -> list[DocumentSymbol]:
    return list(_symbols(reading.tree.declarations, reading, positions))


def _symbols(nodes: Iterable[ast.Node], reading: Reading, positions: Positions) -> Iterator[DocumentSymbol]:
    types = {s.start: str(n.type) for s, n in reading.names.items() if n.declares and n.type}
    for node in nodes:
        for name, span in _names(node):
            inner = node.body if isinstance(node, ast.Net) else ()
            yield DocumentSymbol(
                name,
                KIND.get(type(node), SymbolKind.Module),
                positions.range(node.span.start, node.span.end),
                positions.range(span.start, span.end),
                detail=types.get(span.start, ""),
                children=list(_symbols(inner, reading, positions)),
            )


def _names(node: ast.Node) -> Iterator[tuple[str, Span]]:
    match node:
        case ast.Input(names=names):
            yield from ((n.id, n.span) for n in names)
        case ast.Train() | ast.Sweep():
            yield type(node).__name__.lower(), node.span
        case ast.Update() | ast.Use():
            return
        case _:
            name = getattr(node, "name", None)
            if isinstance(name, str):
                yield name, name_at(node, name)
