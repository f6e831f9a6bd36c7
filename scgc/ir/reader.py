"""The text form of the IR back to the graph: the inverse of `ir/text.py`, over `grammar/ir.lark`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import LarkError

from scgc.ir import graph
from scgc.ir.dims import Dim
from scgc.ir.types import DistType, TensorType, Type
from scgc.resources import folder


@cache
def parser() -> Lark:
    """The parser of `grammar/ir.lark`."""
    text = (folder("grammar") / "ir.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", start="program", maybe_placeholders=False)


KEYWORDS = frozenset({
    "program", "variant", "doc", "dim", "input", "optional", "param", "init", "schedule", "return",
    "loss", "metric", "net", "fn", "as", "call", "over", "each", "via", "prior", "observe", "none",
    "true", "false", "train", "evaluate", "best", "last", "real", "int", "bool",
    "bit", "class", "onehot",
})  # fmt: skip
"""The words that stand where a name could: as names they stand in backquotes."""


def parse_ir(text: str) -> graph.Program:
    """The graph of a text that `print_ir` wrote. Raises ValueError, with the place, for other texts."""
    try:
        program: graph.Program = Reader().transform(parser().parse(text))
    except LarkError as error:
        raise ValueError(f"not the text of an IR: {error}") from error
    return program


class Part(NamedTuple):
    """A part of a rule that is optional, known by its field."""

    field: str
    value: Any


@v_args(inline=True)
class Reader(Transformer[Token, Any]):
    """One method a grammar rule."""

    # ---- program and declarations

    def program(self, *items: Any) -> graph.Program:
        doc, [name, *rest] = _doc(items)
        fields: dict[str, list[Any]] = {}
        for part in rest:
            field, value = part if isinstance(part, Part) else (_FIELDS[type(part)], part)
            fields.setdefault(field, []).append(value)
        return graph.Program(
            name=name,
            doc=doc,
            variant=fields.pop("variant", [None])[0],
            train=fields.pop("train", [None])[0],
            docs=dict(fields.pop("docs", [])),
            **{field: tuple(values) for field, values in fields.items()},
        )

    def variant(self, name: str) -> Part:
        return Part("variant", name)

    def documented(self, *items: Any) -> Any:
        doc, [declaration] = _doc(items)
        if isinstance(declaration, Part):
            return Part(declaration.field, declaration.value.model_copy(update={"doc": doc}))
        return declaration.model_copy(update={"doc": doc})

    def doc_of(self, name: str, text: Token) -> Part:
        return Part("docs", (name, json.loads(text, strict=False)))

    def dim(self, name: str, value: Dim) -> graph.DimDecl:
        return graph.DimDecl(name=name, value=value)

    def input(self, name: str, type_: TensorType, optional: bool = False) -> graph.Input:
        return graph.Input(name=name, type=type_, optional=optional)

    def optional(self, word: Token) -> bool:
        return True

    def param(self, name: str, type_: TensorType, init: graph.Use) -> graph.Param:
        return graph.Param(name=name, type=type_, init=init)

    def schedule(self, name: str, result: graph.Operand) -> graph.Schedule:
        return graph.Schedule(name=name, body=(), result=result)

    def schedule_body(self, name: str, *items: Any) -> graph.Schedule:
        *body, result = items
        return graph.Schedule(name=name, body=tuple(body), result=result.value)

    def result(self, operand: graph.Operand) -> Part:
        return Part("result", operand)

    def cost(self, kind: Token, name: str, _: Token, value: graph.Operand) -> Part:
        return Part("losses" if kind == "loss" else "metrics", graph.Cost(name=name, value=value))

    def net(self, kind: Token, name: str, *items: Any) -> graph.Net:
        parts: dict[str, Any] = dict(i for i in items if isinstance(i, Part))
        arguments = tuple(i for i in items if isinstance(i, graph.Argument))
        [result_type] = [i for i in items if isinstance(i, TensorType)]
        nets, body, result = parts.get("region", ((), (), None))
        return graph.Net(
            kind="net" if kind == "net" else "fn",
            name=name,
            copies=parts.get("copies"),
            args=arguments,
            nets=nets,
            body=body,
            result=result,
            result_type=result_type,
            target=parts.get("target"),
        )

    def copies(self, dim: Dim) -> Part:
        return Part("copies", dim)

    def argument(self, name: str, type_: TensorType) -> graph.Argument:
        return graph.Argument(name=name, type=type_)

    def target(self, text: Token) -> Part:
        return Part("target", json.loads(text, strict=False))

    def region(self, *items: Any) -> Part:
        nets = tuple(i for i in items if isinstance(i, graph.Net))
        body = tuple(i for i in items if isinstance(i, graph.Apply | graph.Invoke | graph.Sample))
        return Part("region", (nets, body, next((i.value for i in items if isinstance(i, Part)), None)))

    def net_of(self, *items: Any) -> Any:
        return self.documented(*items)

    # ---- statements

    def apply(self, result: str, type_: Type, function: str, arguments: Any, *layer: str) -> graph.Apply:
        inputs, options = arguments
        return graph.Apply(
            result=result,
            function=function,
            inputs=inputs,
            options=options,
            type=type_,
            layer=next(iter(layer), None),
        )

    def layer(self, name: str) -> str:
        return name

    def invoke(self, result: str, type_: TensorType, net: Part, *items: Any) -> graph.Invoke:
        parts = dict(i for i in items if isinstance(i, Part))
        return graph.Invoke(
            result=result,
            net=net.value,
            copy_index=parts.get("copies"),
            args=tuple(i for i in items if not isinstance(i, Part)),
            mapped=parts.get("mapped", ()),
            spread=parts.get("spread", ()),
            type=type_,
        )

    def path(self, *names: str) -> Part:
        return Part("net", "/".join(names))

    def mapped(self, *dims: Dim) -> Part:
        return Part("mapped", dims)

    def spread(self, *flags: bool) -> Part:
        return Part("spread", flags)

    def sample(
        self, result: str, type_: TensorType, distribution: str, estimator: graph.Use, *clauses: Part
    ) -> graph.Sample:
        return graph.Sample(
            result=result, distribution=distribution, estimator=estimator, type=type_, **dict(clauses)
        )

    def prior(self, name: str) -> Part:
        return Part("prior", name)

    def observe(self, operand: graph.Operand) -> Part:
        return Part("observe", operand)

    # ---- inputs and options

    def use(self, name: str, arguments: Any = ({}, {})) -> graph.Use:
        return graph.Use(name=name, inputs=arguments[0], options=arguments[1])

    def arguments(self, *items: Part) -> tuple[dict[str, Any], dict[str, Any]]:
        inputs = dict(i.value for i in items if i.field == "input")
        return inputs, dict(i.value for i in items if i.field == "option")

    def value_of(self, name: str, value: Any) -> Part:
        return Part("input", (name, value))

    def option_of(self, name: str, option: Any) -> Part:
        return Part("option", (name, option))

    def values(self, *items: Any) -> tuple[Any, ...]:
        return items

    def none(self) -> None:
        return None

    def flag(self, word: Token) -> bool:
        return str(word) == "true"

    def dim_option(self, dim: Dim) -> graph.DimOption:
        return graph.DimOption(dim=dim)

    def word_option(self, word: Token) -> graph.WordOption:
        return graph.WordOption(word=word[1:-1])

    def text_option(self, text: Token) -> graph.TextOption:
        return graph.TextOption(text=json.loads(text, strict=False))

    def number(self, text: Token) -> int | float:
        return int(text[:-1]) if text.endswith(".") else float(text)

    def integer(self, text: Token) -> int:
        return int(text)

    def negative(self, text: Token) -> int:
        return -int(text)

    # ---- training

    def train(self, *settings: Part) -> Part:
        return Part("train", graph.Train(**dict(settings)))

    def evaluation(self, name: str, *settings: Part) -> graph.Evaluate:
        report = tuple(s.value for s in settings if s.field == "report")
        rest = dict(s for s in settings if s.field != "report")
        return graph.Evaluate(name=name, report=report, **rest)

    def setting_of(self, key: Token, value: Any) -> Part:
        return Part(str(key), int(value) if isinstance(value, Token) else value)

    def rate(self, count: Token, _: Token, per: Token) -> graph.Rate:
        return graph.Rate(count=float(count), per="epoch" if per == "epoch" else "step")

    def select(self, rule: Token, mode: Token, target: str | None = None) -> graph.Select:
        return graph.Select(
            rule="best" if rule == "best" else "last", target=target, mode="max" if mode == "max" else "min"
        )

    # ---- types and dimensions

    def dist_type(self, family: str, event: TensorType) -> DistType:
        return DistType(family=family, event=event)

    def tensor_type(self, kind: Any, *parts: Part) -> TensorType:
        return TensorType(kind=str(kind), **dict(parts))  # type: ignore[arg-type]

    def size(self, dim: Dim) -> Part:
        return Part("size", dim)

    def shape(self, *dims: Dim) -> Part:
        return Part("shape", dims)

    def plus(self, left: Dim, right: Dim) -> Dim:
        return left + right

    def minus(self, left: Dim, right: Dim) -> Dim:
        return left - right

    def times(self, left: Dim, right: Dim) -> Dim:
        return left * right

    def quotient(self, left: Dim, right: Dim) -> Dim:
        return left // right

    def negated(self, dim: Dim) -> Dim:
        return -dim

    def dim_of(self, token: Token) -> Dim:
        return Dim.of(int(token) if token.type == "INTEGER" else str(token))

    def name(self, token: Token) -> str:
        return str(token)

    def quoted(self, token: Token) -> str:
        text: str = json.loads(f'"{token[1:-1]}"', strict=False)
        return text


_FIELDS: dict[type, str] = {
    graph.DimDecl: "dims",
    graph.Input: "inputs",
    graph.Param: "params",
    graph.Schedule: "schedules",
    graph.Net: "nets",
    graph.Apply: "body",
    graph.Invoke: "body",
    graph.Sample: "body",
    graph.Evaluate: "evaluations",
}
"""Where in a program the things of a class are."""


def _doc(items: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """The `##` lines in front, and what follows them."""
    lines = [i for i in items if isinstance(i, Token) and i.type == "DOC"]
    return "\n".join(line.removeprefix("##").removeprefix(" ") for line in lines), list(items[len(lines) :])
