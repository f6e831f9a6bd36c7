"""Text to syntax tree: the builder of `ast` nodes over what `syntax/reading.py` reads. Nothing is checked.

What cannot be read is put into words by `syntax/errors.py`; places are offsets into the source.
"""

from __future__ import annotations

import re
from typing import Any, Literal, cast

from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.reading import Reader
from scgc.syntax.tree import Token, Tree

CLAUSES = ("via", "prior", "observe", "where")
"""What may follow the distribution of a stochastic node, each once, in any order."""

Start = Literal["program", "signature", "expression", "setting"]


def parse(source: Source, start: Start = "program") -> Any:
    """The tree of a source. Raises Unreadable; `syntax.errors` words it."""
    return Builder(source).transform(Reader(source.text, start).read())


def parse_signature(text: str) -> ast.Signature:
    """A signature of the registries."""
    signature: ast.Signature = parse(Source("<signature>", text), "signature")
    return signature


def parse_expression(text: str, path: str = "<text>") -> ast.Expression:
    """One expression, such as the value of `--set beta=1`."""
    expression: ast.Expression = parse(Source(path, text), "expression")
    return expression


class Builder:
    """One method a grammar rule."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def transform(self, tree: Tree) -> Any:
        items = [self.transform(c) if isinstance(c, Tree) else c for c in tree.children]
        method = getattr(self, tree.data, None)
        return method(tree, items) if method else self.worded(tree, items, tree.data)

    def span(self, tree: Tree) -> Span:
        if tree.empty:
            return Span(self.source, 0, 0)
        return Span(self.source, tree.start, tree.end)

    def doc(self, tree: Tree) -> str:
        """The `##` lines directly above a declaration."""
        if tree.empty:
            return ""
        text = self.source.text
        lines: list[str] = []
        end = text.rfind("\n", 0, tree.start)
        while end >= 0:
            start = text.rfind("\n", 0, end) + 1
            match = re.match(r"\s*##\s?(.*)", text[start:end])
            if match is None:
                break
            lines.insert(0, match[1].rstrip())
            end = start - 1
        return "\n".join(lines)

    def place(self, tree: Tree) -> dict[str, Any]:
        return {"span": self.span(tree), "doc": self.doc(tree)}

    # ---- declarations

    def program(self, tree: Tree, items: list[Any]) -> ast.Program:
        return ast.Program(tuple(items), span=Span(self.source, 0, len(self.source.text)))

    def header(self, tree: Tree, items: list[Any]) -> ast.Header:
        return ast.Header(str(items[0]), **self.place(tree))

    def use(self, tree: Tree, items: list[Any]) -> ast.Use:
        return ast.Use(items[0][1:-1], **self.place(tree))

    def dim(self, tree: Tree, items: list[Any]) -> ast.Dim:
        return ast.Dim(str(items[0]), items[1], **self.place(tree))

    def size(self, tree: Tree, items: list[Any]) -> ast.Size:
        return ast.Size(str(items[0]), items[1], **self.place(tree))

    def input(self, tree: Tree, items: list[Any]) -> ast.Input:
        return ast.Input(items[0], items[1], len(items) > 2, **self.place(tree))

    def optional(self, tree: Tree, items: list[Any]) -> bool:
        return True

    def param(self, tree: Tree, items: list[Any]) -> ast.Param:
        init = items[2] if len(items) > 2 else None
        return ast.Param(str(items[0]), items[1], init, **self.place(tree))

    def init(self, tree: Tree, items: list[Any]) -> ast.Expression:
        expression: ast.Expression = items[0]
        return expression

    def schedule(self, tree: Tree, items: list[Any]) -> ast.Schedule:
        evaluated = items[2] if len(items) > 2 else None
        return ast.Schedule(str(items[0]), items[1], evaluated, **self.place(tree))

    def evaluated(self, tree: Tree, items: list[Any]) -> ast.Expression:
        expression: ast.Expression = items[0]
        return expression

    def loss(self, tree: Tree, items: list[Any]) -> ast.Loss:
        return ast.Loss(str(items[0]), items[1], **self.place(tree))

    def metric(self, tree: Tree, items: list[Any]) -> ast.Metric:
        return ast.Metric(str(items[0]), items[1], **self.place(tree))

    def kind(self, tree: Tree, items: list[Any]) -> str:
        return str(items[0])

    def copies(self, tree: Tree, items: list[Any]) -> tuple[str, ast.Expression]:
        return "copies", items[0]

    def parameters(self, tree: Tree, items: list[Any]) -> tuple[str, tuple[ast.Group, ...]]:
        return "parameters", tuple(items)

    def net(self, tree: Tree, items: list[Any]) -> ast.Net:
        kind, name, *rest = items
        parts: dict[str, Any] = dict(r for r in rest if isinstance(r, tuple))
        result, *body = [r for r in rest if not isinstance(r, tuple)]
        return ast.Net(
            kind,
            str(name),
            parts.get("copies"),
            parts.get("parameters", ()),
            result,
            tuple(body),
            **self.place(tree),
        )

    def extern(self, tree: Tree, items: list[Any]) -> ast.Extern:
        kind, name, *rest = items
        parts: dict[str, Any] = dict(r for r in rest if isinstance(r, tuple))
        result, target = [r for r in rest if not isinstance(r, tuple)]
        return ast.Extern(
            kind, str(name), parts.get("parameters", ()), result, target[1:-1], **self.place(tree)
        )

    def group(self, tree: Tree, items: list[Any]) -> ast.Group:
        return ast.Group(items[0], items[1], span=self.span(tree))

    def names(self, tree: Tree, items: list[Any]) -> tuple[ast.Name, ...]:
        return tuple(ast.Name(str(t), span=self.token_span(t)) for t in items)

    def token_span(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)

    # ---- statements

    def assign(self, tree: Tree, items: list[Any]) -> ast.Assign:
        return ast.Assign(str(items[0]), items[1], **self.place(tree))

    def draw(self, tree: Tree, items: list[Any]) -> ast.Draw:
        name, distribution, *clauses = items
        given: dict[str, Any] = dict.fromkeys(CLAUSES) | dict(clauses)
        return ast.Draw(str(name), distribution, **given, **self.place(tree))

    def via(self, tree: Tree, items: list[Any]) -> tuple[str, ast.Expression]:
        return "via", items[0]

    def prior(self, tree: Tree, items: list[Any]) -> tuple[str, ast.Expression]:
        return "prior", items[0]

    def observe(self, tree: Tree, items: list[Any]) -> tuple[str, ast.Expression]:
        return "observe", items[0]

    def where(self, tree: Tree, items: list[Any]) -> tuple[str, ast.Expression]:
        return "where", items[0]

    def update(self, tree: Tree, items: list[Any]) -> ast.Update:
        return ast.Update(str(items[0]), items[1], **self.place(tree))

    def halt(self, tree: Tree, items: list[Any]) -> ast.Halt:
        return ast.Halt(items[0], **self.place(tree))

    def body(self, tree: Tree, items: list[Any]) -> tuple[ast.Statement, ...]:
        return tuple(items)

    def worded(self, tree: Tree, children: list[Any], rule: str) -> Any:
        """The rules that are named by a word of Python."""
        match str(rule):
            case "return":
                return ast.Return(children[0], **self.place(tree))
            case "for":
                index, over, body = children
                name = ast.Name(str(index), span=self.token_span(index))
                return ast.For(name, over, body, **self.place(tree))
            case "if":
                test, body, orelse = children
                orelse = (orelse,) if isinstance(orelse, ast.If) else orelse or ()
                return ast.If(test, body, orelse, **self.place(tree))
        raise AssertionError(f"no builder for the rule {rule}")

    # ---- settings

    def train(self, tree: Tree, items: list[Any]) -> ast.Train:
        settings = tuple(i for i in items if isinstance(i, ast.Setting))
        players = tuple(i for i in items if isinstance(i, ast.Minimize))
        return ast.Train(settings, players, **self.place(tree))

    def minimize(self, tree: Tree, items: list[Any]) -> ast.Minimize:
        losses, *times, over, optimizer = items
        return ast.Minimize(losses, times[0] if times else None, over, optimizer, span=self.span(tree))

    def losses(self, tree: Tree, items: list[Any]) -> tuple[ast.Name, ...]:
        return tuple(ast.Name(str(t), span=self.token_span(t)) for t in items if t.type == "NAME")

    def times(self, tree: Tree, items: list[Any]) -> ast.Expression:
        word = items[0]
        return self.number(tree, items) if word.type == "NUMBER" else self.name(tree, items)

    def evaluate(self, tree: Tree, items: list[Any]) -> ast.Evaluate:
        return ast.Evaluate(str(items[0]), items[1], **self.place(tree))

    def variant(self, tree: Tree, items: list[Any]) -> ast.Variant:
        return ast.Variant(str(items[0]), items[1], **self.place(tree))

    def sweep(self, tree: Tree, items: list[Any]) -> ast.Sweep:
        return ast.Sweep(items[0], **self.place(tree))

    def settings(self, tree: Tree, items: list[Any]) -> tuple[ast.Setting, ...]:
        return tuple(items)

    def setting(self, tree: Tree, items: list[Any]) -> ast.Setting:
        per = items[2] if len(items) > 2 else None
        return ast.Setting(items[0], items[1], per, span=self.span(tree))

    def key(self, tree: Tree, items: list[Any]) -> str:
        return ".".join(items)

    def word(self, tree: Tree, items: list[Any]) -> str:
        return str(items[0])

    def rate(self, tree: Tree, items: list[Any]) -> str:
        return str(items[0])

    # ---- types and signatures

    def type(self, tree: Tree, items: list[Any]) -> ast.TypeExpr:
        kind, *rest = items
        parts = dict(rest)
        return ast.TypeExpr(str(kind), parts.get("size"), parts.get("shape"), span=self.span(tree))

    def class_type(self, tree: Tree, items: list[Any]) -> ast.TypeExpr:
        return self.type(tree, ["class", *items])

    def type_size(self, tree: Tree, items: list[Any]) -> tuple[str, ast.Expression]:
        return "size", items[0]

    def shape(self, tree: Tree, items: list[Any]) -> tuple[str, tuple[ast.Expression | ast.Rest, ...]]:
        return "shape", tuple(i for i in items if i is not None)

    def rest(self, tree: Tree, items: list[Any]) -> ast.Rest:
        return ast.Rest(str(items[0]), span=self.span(tree))

    def signature(self, tree: Tree, items: list[Any]) -> ast.Signature:
        name, *slots, result = items
        return ast.Signature(
            str(name), tuple(s for s in slots if s is not None), result, span=self.span(tree)
        )

    def slot(self, tree: Tree, items: list[Any]) -> ast.Slot:
        name, type_, default = items
        return ast.Slot(name[0], type_, default, name[1], span=self.span(tree))

    def slot_name(self, tree: Tree, items: list[Any]) -> tuple[str, bool]:
        return str(items[0]), len(items) > 1

    # ---- expressions

    def number(self, tree: Tree, items: list[Any]) -> ast.Number:
        text = str(items[0])
        return ast.Number(int(text) if text.isdigit() else float(text), span=self.span(tree))

    def string(self, tree: Tree, items: list[Any]) -> ast.Text:
        return ast.Text(items[0][1:-1], span=self.span(tree))

    def name(self, tree: Tree, items: list[Any]) -> ast.Name:
        return ast.Name(str(items[0]), span=self.span(tree))

    def group_of(self, tree: Tree, items: list[Any]) -> ast.Expression:
        expression: ast.Expression = items[0]
        return expression

    def list_of(self, tree: Tree, items: list[Any]) -> ast.List:
        return ast.List(tuple(i for i in items if i is not None), span=self.span(tree))

    def attribute(self, tree: Tree, items: list[Any]) -> ast.Attribute:
        return ast.Attribute(items[0], str(items[1]), span=self.span(tree))

    def index(self, tree: Tree, items: list[Any]) -> ast.Index:
        return ast.Index(items[0], items[1], span=self.span(tree))

    def subscripts(self, tree: Tree, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    def slice(self, tree: Tree, items: list[Any]) -> ast.Slice:
        return ast.Slice(items[0], items[1], span=self.span(tree))

    def call(self, tree: Tree, items: list[Any]) -> ast.Call:
        positional: list[ast.Expression] = []
        named: list[ast.Named] = []
        for arg in items[1] or ():
            if isinstance(arg, ast.Named):
                named.append(arg)
            elif named and isinstance(arg, ast.Name):  # `f(tau = 1, scale)`: scale = scale
                named.append(ast.Named(arg.id, arg, span=arg.span))
            else:
                positional.append(arg)
        return ast.Call(items[0], tuple(positional), tuple(named), span=self.span(tree))

    def where_call(self, tree: Tree, items: list[Any]) -> ast.Call:
        start = self.span(tree).start
        name = ast.Name("where", span=Span(self.source, start, start + len("where")))
        return self.call(tree, [name, items[0]])

    def arguments(self, tree: Tree, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    def named(self, tree: Tree, items: list[Any]) -> ast.Named:
        return ast.Named(items[0], items[1], span=self.span(tree))

    def binary(self, tree: Tree, items: list[Any]) -> ast.Binary:
        left, op, right = items
        return ast.Binary(cast(ast.BinaryOp, str(op)), left, right, span=self.span(tree))

    def unary(self, tree: Tree, items: list[Any]) -> ast.Unary:
        op, operand = items
        return ast.Unary(cast(ast.UnaryOp, str(op)), operand, span=self.span(tree))

    def transpose(self, tree: Tree, items: list[Any]) -> ast.Transpose:
        return ast.Transpose(items[0], span=self.span(tree))

    def pipe_into(self, tree: Tree, items: list[Any]) -> ast.Pipe:
        return ast.Pipe(items[0], items[1], span=self.span(tree))
