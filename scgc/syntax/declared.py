"""The names that declarations give."""

from __future__ import annotations

from scgc.syntax import ast

NamedDeclaration = (
    ast.Dim | ast.Size | ast.Input | ast.Param | ast.Net | ast.Extern | ast.Schedule | ast.Assign | ast.Draw
    | ast.Loss | ast.Metric | ast.Evaluate | ast.Variant
)  # fmt: skip


def declared_names(declaration: ast.Declaration) -> tuple[str, ...]:
    """The names a declaration gives; variants and evaluations live in spaces of their own."""
    match declaration:
        case ast.Input(names=names):
            return tuple(n.id for n in names)
        case ast.Evaluate(name=name):
            return (f"evaluate {name}",)
        case ast.Variant(name=name):
            return (f"variant {name}",)
        case (
            ast.Header()
            | ast.Use()
            | ast.Train()
            | ast.Sweep()
            | ast.Return()
            | ast.For()
            | ast.If()
            | ast.Update()
            | ast.Halt()
        ):
            return ()
        case _:
            assert isinstance(declaration, NamedDeclaration)
            assert not isinstance(declaration, ast.Input)
            return (declaration.name,)
