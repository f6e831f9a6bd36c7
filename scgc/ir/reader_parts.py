"""The parts of statements and declarations in the text of an IR: names, literals, options, types, dims."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from lark import Token, Transformer, v_args

from scgc.ir import graph
from scgc.ir.dims import Dim
from scgc.ir.types import DistType, TensorType


class Part(NamedTuple):
    """A part of a rule that is optional, known by its field."""

    field: str
    value: Any


@v_args(inline=True)
class PartReader(Transformer[Token, Any]):
    """One method a grammar rule."""

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
