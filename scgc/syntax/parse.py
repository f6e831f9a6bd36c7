"""Text to syntax tree: lark's LALR parser and the builder of `ast` nodes. Nothing is checked here.

`parse` raises lark's errors, which `syntax/errors.py` words; places are offsets into the source.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal, cast

from lark import Lark, Token, Tree
from lark.tree import Meta

from scgc.resources import folder
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.tables import load

CLAUSES = ("via", "prior", "observe", "where")
"""What may follow the distribution of a stochastic node, each once, in any order."""

Start = Literal["program", "signature", "expression", "setting"]


@cache
def parser() -> Lark:
    """The parser of `grammar/scg.lark`."""
    return load((folder("grammar") / "scg.lark").read_text(encoding="utf-8"))


def parse(source: Source, start: Start = "program") -> Any:
    """The tree of a source. Raises lark.exceptions.UnexpectedInput; `syntax.errors` words it."""
    tree = parser().parse(source.text, start=start)
    return Builder(source).transform(tree)


def parse_signature(text: str) -> ast.Signature:
    """A signature of the registries."""
    signature: ast.Signature = parse(Source("<signature>", text), "signature")
    return signature


def parse_expression(text: str, path: str = "<text>") -> ast.Expression:
    """One expression, such as the value of `--set beta=1`."""
    expression: ast.Expression = parse(Source(path, text), "expression")
    return expression


class Builder:
    """One method a grammar rule. Not a lark Transformer, whose decorators are made anew for every part."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def transform(self, tree: Tree[Token]) -> Any:
        items = [self.transform(c) if isinstance(c, Tree) else c for c in tree.children]
        method = getattr(self, tree.data, None)
        return method(tree.meta, items) if method else self.worded(tree.meta, items, tree.data)

    def span(self, meta: Meta) -> Span:
        if meta.empty:
            return Span(self.source, 0, 0)
        return Span(self.source, meta.start_pos, meta.end_pos)

    def doc(self, meta: Meta) -> str:
        """The `##` lines directly above a declaration."""
        if meta.empty:
            return ""
        text = self.source.text
        lines: list[str] = []
        end = text.rfind("\n", 0, meta.start_pos)
        while end >= 0:
            start = text.rfind("\n", 0, end) + 1
            match = re.match(r"\s*##\s?(.*)", text[start:end])
            if match is None:
                break
            lines.insert(0, match[1].rstrip())
            end = start - 1
        return "\n".join(lines)

    def place(self, meta: Meta) -> dict[str, Any]:
        return {"span": self.span(meta), "doc": self.doc(meta)}

    # ---- declarations

    def program(self, meta: Meta, items: list[Any]) -> ast.Program:
        return ast.Program(tuple(items), span=Span(self.source, 0, len(self.source.text)))

    def header(self, meta: Meta, items: list[Any]) -> ast.Header:
        return ast.Header(str(items[0]), **self.place(meta))

    def use(self, meta: Meta, items: list[Any]) -> ast.Use:
        return ast.Use(items[0][1:-1], **self.place(meta))

    def dim(self, meta: Meta, items: list[Any]) -> ast.Dim:
        return ast.Dim(str(items[0]), items[1], **self.place(meta))

    def size(self, meta: Meta, items: list[Any]) -> ast.Size:
        return ast.Size(str(items[0]), items[1], **self.place(meta))

    def input(self, meta: Meta, items: list[Any]) -> ast.Input:
        return ast.Input(items[0], items[1], len(items) > 2, **self.place(meta))

    def optional(self, meta: Meta, items: list[Any]) -> bool:
        return True

    def param(self, meta: Meta, items: list[Any]) -> ast.Param:
        init = items[2] if len(items) > 2 else None
        return ast.Param(str(items[0]), items[1], init, **self.place(meta))

    def init(self, meta: Meta, items: list[Any]) -> ast.Expression:
        expression: ast.Expression = items[0]
        return expression

    def schedule(self, meta: Meta, items: list[Any]) -> ast.Schedule:
        evaluated = items[2] if len(items) > 2 else None
        return ast.Schedule(str(items[0]), items[1], evaluated, **self.place(meta))

    def evaluated(self, meta: Meta, items: list[Any]) -> ast.Expression:
        expression: ast.Expression = items[0]
        return expression

    def loss(self, meta: Meta, items: list[Any]) -> ast.Loss:
        return ast.Loss(str(items[0]), items[1], **self.place(meta))

    def metric(self, meta: Meta, items: list[Any]) -> ast.Metric:
        return ast.Metric(str(items[0]), items[1], **self.place(meta))

    def kind(self, meta: Meta, items: list[Any]) -> str:
        return str(items[0])

    def copies(self, meta: Meta, items: list[Any]) -> tuple[str, ast.Expression]:
        return "copies", items[0]

    def parameters(self, meta: Meta, items: list[Any]) -> tuple[str, tuple[ast.Group, ...]]:
        return "parameters", tuple(items)

    def net(self, meta: Meta, items: list[Any]) -> ast.Net:
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
            **self.place(meta),
        )

    def extern(self, meta: Meta, items: list[Any]) -> ast.Extern:
        kind, name, *rest = items
        parts: dict[str, Any] = dict(r for r in rest if isinstance(r, tuple))
        result, target = [r for r in rest if not isinstance(r, tuple)]
        return ast.Extern(
            kind, str(name), parts.get("parameters", ()), result, target[1:-1], **self.place(meta)
        )

    def group(self, meta: Meta, items: list[Any]) -> ast.Group:
        return ast.Group(items[0], items[1], span=self.span(meta))

    def names(self, meta: Meta, items: list[Any]) -> tuple[ast.Name, ...]:
        return tuple(ast.Name(str(t), span=self.token_span(t)) for t in items)

    def token_span(self, token: Token) -> Span:
        assert token.start_pos is not None and token.end_pos is not None
        return Span(self.source, token.start_pos, token.end_pos)

    # ---- statements

    def assign(self, meta: Meta, items: list[Any]) -> ast.Assign:
        return ast.Assign(str(items[0]), items[1], **self.place(meta))

    def draw(self, meta: Meta, items: list[Any]) -> ast.Draw:
        name, distribution, *clauses = items
        given: dict[str, Any] = dict.fromkeys(CLAUSES) | dict(clauses)
        return ast.Draw(str(name), distribution, **given, **self.place(meta))

    def via(self, meta: Meta, items: list[Any]) -> tuple[str, ast.Expression]:
        return "via", items[0]

    def prior(self, meta: Meta, items: list[Any]) -> tuple[str, ast.Expression]:
        return "prior", items[0]

    def observe(self, meta: Meta, items: list[Any]) -> tuple[str, ast.Expression]:
        return "observe", items[0]

    def where(self, meta: Meta, items: list[Any]) -> tuple[str, ast.Expression]:
        return "where", items[0]

    def update(self, meta: Meta, items: list[Any]) -> ast.Update:
        return ast.Update(str(items[0]), items[1], **self.place(meta))

    def halt(self, meta: Meta, items: list[Any]) -> ast.Halt:
        return ast.Halt(items[0], **self.place(meta))

    def body(self, meta: Meta, items: list[Any]) -> tuple[ast.Statement, ...]:
        return tuple(items)

    def worded(self, meta: Meta, children: list[Any], rule: str) -> Any:
        """The rules that are named by a word of Python."""
        match str(rule):
            case "return":
                return ast.Return(children[0], **self.place(meta))
            case "for":
                index, over, body = children
                name = ast.Name(str(index), span=self.token_span(index))
                return ast.For(name, over, body, **self.place(meta))
            case "if":
                test, body, orelse = children
                orelse = (orelse,) if isinstance(orelse, ast.If) else orelse or ()
                return ast.If(test, body, orelse, **self.place(meta))
        raise AssertionError(f"no builder for the rule {rule}")

    # ---- settings

    def train(self, meta: Meta, items: list[Any]) -> ast.Train:
        settings = tuple(i for i in items if isinstance(i, ast.Setting))
        players = tuple(i for i in items if isinstance(i, ast.Minimize))
        return ast.Train(settings, players, **self.place(meta))

    def minimize(self, meta: Meta, items: list[Any]) -> ast.Minimize:
        losses, *times, over, optimizer = items
        return ast.Minimize(losses, times[0] if times else None, over, optimizer, span=self.span(meta))

    def losses(self, meta: Meta, items: list[Any]) -> tuple[ast.Name, ...]:
        return tuple(ast.Name(str(t), span=self.token_span(t)) for t in items if t.type == "NAME")

    def times(self, meta: Meta, items: list[Any]) -> ast.Expression:
        word = items[0]
        return self.number(meta, items) if word.type == "NUMBER" else self.name(meta, items)

    def evaluate(self, meta: Meta, items: list[Any]) -> ast.Evaluate:
        return ast.Evaluate(str(items[0]), items[1], **self.place(meta))

    def variant(self, meta: Meta, items: list[Any]) -> ast.Variant:
        return ast.Variant(str(items[0]), items[1], **self.place(meta))

    def sweep(self, meta: Meta, items: list[Any]) -> ast.Sweep:
        return ast.Sweep(items[0], **self.place(meta))

    def settings(self, meta: Meta, items: list[Any]) -> tuple[ast.Setting, ...]:
        return tuple(items)

    def setting(self, meta: Meta, items: list[Any]) -> ast.Setting:
        per = items[2] if len(items) > 2 else None
        return ast.Setting(items[0], items[1], per, span=self.span(meta))

    def key(self, meta: Meta, items: list[Any]) -> str:
        return ".".join(items)

    def word(self, meta: Meta, items: list[Any]) -> str:
        return str(items[0])

    def rate(self, meta: Meta, items: list[Any]) -> str:
        return str(items[0])

    # ---- types and signatures

    def type(self, meta: Meta, items: list[Any]) -> ast.TypeExpr:
        kind, *rest = items
        parts = dict(rest)
        return ast.TypeExpr(str(kind), parts.get("size"), parts.get("shape"), span=self.span(meta))

    def class_type(self, meta: Meta, items: list[Any]) -> ast.TypeExpr:
        return self.type(meta, ["class", *items])

    def type_size(self, meta: Meta, items: list[Any]) -> tuple[str, ast.Expression]:
        return "size", items[0]

    def shape(self, meta: Meta, items: list[Any]) -> tuple[str, tuple[ast.Expression | ast.Rest, ...]]:
        return "shape", tuple(i for i in items if i is not None)

    def rest(self, meta: Meta, items: list[Any]) -> ast.Rest:
        return ast.Rest(str(items[0]), span=self.span(meta))

    def signature(self, meta: Meta, items: list[Any]) -> ast.Signature:
        name, *slots, result = items
        return ast.Signature(
            str(name), tuple(s for s in slots if s is not None), result, span=self.span(meta)
        )

    def slot(self, meta: Meta, items: list[Any]) -> ast.Slot:
        name, type_, default = items
        return ast.Slot(name[0], type_, default, name[1], span=self.span(meta))

    def slot_name(self, meta: Meta, items: list[Any]) -> tuple[str, bool]:
        return str(items[0]), len(items) > 1

    # ---- expressions

    def number(self, meta: Meta, items: list[Any]) -> ast.Number:
        text = str(items[0])
        return ast.Number(int(text) if text.isdigit() else float(text), span=self.span(meta))

    def string(self, meta: Meta, items: list[Any]) -> ast.Text:
        return ast.Text(items[0][1:-1], span=self.span(meta))

    def name(self, meta: Meta, items: list[Any]) -> ast.Name:
        return ast.Name(str(items[0]), span=self.span(meta))

    def group_of(self, meta: Meta, items: list[Any]) -> ast.Expression:
        expression: ast.Expression = items[0]
        return expression

    def list_of(self, meta: Meta, items: list[Any]) -> ast.List:
        return ast.List(tuple(i for i in items if i is not None), span=self.span(meta))

    def attribute(self, meta: Meta, items: list[Any]) -> ast.Attribute:
        return ast.Attribute(items[0], str(items[1]), span=self.span(meta))

    def index(self, meta: Meta, items: list[Any]) -> ast.Index:
        return ast.Index(items[0], items[1], span=self.span(meta))

    def subscripts(self, meta: Meta, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    def slice(self, meta: Meta, items: list[Any]) -> ast.Slice:
        return ast.Slice(items[0], items[1], span=self.span(meta))

    def call(self, meta: Meta, items: list[Any]) -> ast.Call:
        positional: list[ast.Expression] = []
        named: list[ast.Named] = []
        for arg in items[1] or ():
            if isinstance(arg, ast.Named):
                named.append(arg)
            elif named and isinstance(arg, ast.Name):  # `f(tau = 1, scale)`: scale = scale
                named.append(ast.Named(arg.id, arg, span=arg.span))
            else:
                positional.append(arg)
        return ast.Call(items[0], tuple(positional), tuple(named), span=self.span(meta))

    def where_call(self, meta: Meta, items: list[Any]) -> ast.Call:
        start = self.span(meta).start
        name = ast.Name("where", span=Span(self.source, start, start + len("where")))
        return self.call(meta, [name, items[0]])

    def arguments(self, meta: Meta, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    def named(self, meta: Meta, items: list[Any]) -> ast.Named:
        return ast.Named(items[0], items[1], span=self.span(meta))

    def binary(self, meta: Meta, items: list[Any]) -> ast.Binary:
        left, op, right = items
        return ast.Binary(cast(ast.BinaryOp, str(op)), left, right, span=self.span(meta))

    def unary(self, meta: Meta, items: list[Any]) -> ast.Unary:
        op, operand = items
        return ast.Unary(cast(ast.UnaryOp, str(op)), operand, span=self.span(meta))

    def transpose(self, meta: Meta, items: list[Any]) -> ast.Transpose:
        return ast.Transpose(items[0], span=self.span(meta))

    def pipe_into(self, meta: Meta, items: list[Any]) -> ast.Pipe:
        return ast.Pipe(items[0], items[1], span=self.span(meta))
