"""The text form of the IR back to the graph: the inverse of `ir/text.py`, over `grammar/ir.lark`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from lark import Lark, Token, v_args
from lark.exceptions import LarkError

from scgc.ir import graph
from scgc.ir.dims import Dim
from scgc.ir.reader_parts import Part
from scgc.ir.reader_statements import STATEMENTS, StatementReader, body
from scgc.ir.types import TensorType
from scgc.resources import folder


@cache
def parser() -> Lark:
    """The parser of `grammar/ir.lark`."""
    text = (folder("grammar") / "ir.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", start="program", maybe_placeholders=False)


def parse_ir(text: str) -> graph.Program:
    """The graph of a text that `print_ir` wrote. Raises ValueError, with the place, for other texts."""
    try:
        program: graph.Program = Reader().transform(parser().parse(text))
    except LarkError as error:
        raise ValueError(f"not the text of an IR: {error}") from error
    return program


@v_args(inline=True)
class Reader(StatementReader):
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
            return Part(declaration.field, declaration.value.replace(doc=doc))
        return declaration.replace(doc=doc)

    def doc_of(self, name: str, text: Token) -> Part:
        return Part("docs", (name, json.loads(text, strict=False)))

    def dim(self, name: str, value: Dim) -> graph.DimDecl:
        return graph.DimDecl(name=name, value=value)

    def size_of(self, name: str, most: Dim) -> graph.SizeDecl:
        return graph.SizeDecl(name=name, most=most)

    def input(self, name: str, type_: TensorType, optional: bool = False) -> graph.Input:
        return graph.Input(name=name, type=type_, optional=optional)

    def optional(self, word: Token) -> bool:
        return True

    def param(self, name: str, type_: TensorType, init: graph.Use) -> graph.Param:
        return graph.Param(name=name, type=type_, init=init)

    def schedule(self, name: str, result: graph.Operand, evaluated: Part | None = None) -> graph.Schedule:
        value = None if evaluated is None else evaluated.value
        return graph.Schedule(name=name, body=(), result=result, evaluated=value)

    def schedule_body(self, name: str, *items: Any) -> graph.Schedule:
        parts = {i.field: i.value for i in items if isinstance(i, Part)}
        statements = tuple(i for i in items if not isinstance(i, Part))
        return graph.Schedule(name=name, body=statements, **parts)

    def evaluated(self, number: graph.Operand) -> Part:
        return Part("evaluated", number)

    def result(self, operand: graph.Operand) -> Part:
        return Part("result", operand)

    def cost(self, kind: Token, name: str, _: Token, value: graph.Operand) -> Part:
        return Part("losses" if kind == "loss" else "metrics", graph.Cost(name=name, value=value))

    def net(self, kind: Token, name: str, *items: Any) -> graph.Net:
        parts: dict[str, Any] = dict(i for i in items if isinstance(i, Part))
        arguments = tuple(i for i in items if isinstance(i, graph.Argument))
        [result_type] = [i for i in items if isinstance(i, TensorType)]
        nets, statements, result = parts.get("region", ((), (), None))
        return graph.Net(
            kind="net" if kind == "net" else "fn",
            name=name,
            copies=parts.get("copies"),
            args=arguments,
            nets=nets,
            body=statements,
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
        return Part(
            "region", (nets, body(items), next((i.value for i in items if isinstance(i, Part)), None))
        )

    def net_of(self, *items: Any) -> Any:
        return self.documented(*items)

    # ---- training

    def train(self, *items: Any) -> Part:
        players = tuple(i for i in items if isinstance(i, graph.Player))
        settings = dict(i for i in items if isinstance(i, Part))
        return Part("train", graph.Train(players=players, **settings))

    def together(self) -> Part:
        return Part("together", True)

    def player(self, losses: tuple[str, ...], *items: Any) -> graph.Player:
        times = next((i.value for i in items if isinstance(i, Part) and i.field == "times"), 1)
        [optimizer] = [i for i in items if isinstance(i, graph.Use)]
        owned = [i for i in items if isinstance(i, Part) and i.field != "times"]
        kinds = {kind: tuple(i.value for i in owned if i.field == kind) for kind in {i.field for i in owned}}
        return graph.Player(losses=losses, times=times, optimizer=optimizer, **kinds)

    def losses(self, *names: str) -> tuple[str, ...]:
        return names

    def repeated(self, count: Token) -> Part:
        return Part("times", int(count))

    def owned(self, kind: Token, name: str) -> Part:
        return Part(f"{kind}s", name)

    def evaluation(self, name: str, *settings: Part) -> graph.Evaluate:
        report = tuple(s.value for s in settings if s.field == "report")
        free = tuple(s.value.name for s in settings if s.field == "free")
        dims = dict(s.value for s in settings if s.field == "dims")
        rest = dict(s for s in settings if s.field not in ("report", "free", "dims"))
        return graph.Evaluate(name=name, dims=dims, free=free, report=report, **rest)

    def dim_setting(self, name: str, value: Dim) -> Part:
        return Part("dims", (name, value))

    def setting_of(self, key: Token, value: Any) -> Part:
        return Part(str(key), int(value) if isinstance(value, Token) else value)

    def rate(self, count: Token, _: Token, per: Token) -> graph.Rate:
        return graph.Rate(count=float(count), per="epoch" if per == "epoch" else "step")

    def select(self, rule: Token, mode: Token, target: str | None = None) -> graph.Select:
        return graph.Select(
            rule="best" if rule == "best" else "last", target=target, mode="max" if mode == "max" else "min"
        )


_FIELDS: dict[type, str] = {
    graph.DimDecl: "dims",
    graph.SizeDecl: "sizes",
    graph.Input: "inputs",
    graph.Param: "params",
    graph.Schedule: "schedules",
    graph.Net: "nets",
    graph.Evaluate: "evaluations",
    **dict.fromkeys(STATEMENTS, "body"),
}
"""Where in a program the things of a class are."""


def _doc(items: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """The `##` lines in front, and what follows them."""
    lines = [i for i in items if isinstance(i, Token) and i.type == "DOC"]
    return "\n".join(line.removeprefix("##").removeprefix(" ") for line in lines), list(items[len(lines) :])
