"""Declarations that nothing reads."""

from __future__ import annotations

from scgc.diagnostics.base import Sink
from scgc.diagnostics.warnings import UnusedDeclaration
from scgc.ir.graph import Program
from scgc.syntax import ast
from scgc.syntax.declared import declared_names

KINDS = {ast.Dim: "dim", ast.Input: "input", ast.Param: "param", ast.Net: "net", ast.Schedule: "schedule"}
"""What is declared only to be read. Nodes are outputs of the program by themselves."""


def verify_used(program: Program, tree: ast.Program, sink: Sink) -> None:
    """Warn of dims, inputs, params, nets and schedules that no other declaration names.

    For the program as it stands: a variant may well leave something unused.
    """
    if not (program.losses or program.metrics):
        return
    read = names_of(tree.declarations)
    for declaration in tree.declarations:
        kind = KINDS.get(type(declaration))
        if isinstance(declaration, ast.Input) and declaration.optional:
            continue  # what the data has besides is for reports to come
        for name in declared_names(declaration) if kind else ():
            if name not in read:
                sink.report(UnusedDeclaration(span=declaration.span, kind=str(kind), name=name))


def names_of(node: object) -> set[str]:
    """Every name that stands in the expressions and types of declarations; their own and settings' keys
    not."""
    parts = list(ast.walk(node))
    own = {id(name) for part in parts if isinstance(part, ast.Input | ast.Group) for name in part.names}
    return {part.id for part in parts if isinstance(part, ast.Name) and id(part) not in own}
