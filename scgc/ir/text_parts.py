"""The parts of statements and declarations as text: names, literals, options, types."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from scgc.ir import graph
from scgc.ir.types import DistType, Type

KEYWORDS = frozenset({
    "program", "variant", "doc", "dim", "input", "optional", "param", "init", "schedule", "return",
    "loss", "metric", "net", "fn", "as", "call", "over", "each", "via", "prior", "observe", "none",
    "true", "false", "train", "evaluate", "best", "last", "real", "int", "bool",
    "bit", "class", "onehot", "size", "where", "loop", "carry", "halt", "choice", "else", "merge",
    "for", "in", "while", "if", "and", "or", "minimize", "with", "times", "layer", "node", "turns",
    "together",
})  # fmt: skip
"""The words that stand where a name could: as names they stand in backquotes."""

FUNCTION_KEYWORDS = frozenset({"call", "propagate"})
"""The same where a function stands."""

_PLAIN = re.compile(r"(%[a-z]*\d+|[^\W\d]\w*)(@\d+)?(\.(%[a-z]*\d+|[^\W\d]\w*)(@\d+)?)*")


def use_of(use: graph.Use) -> str:
    """`name(inputs; options)`."""
    arguments = arguments_of(use.inputs, use.options)
    return f"{name_of(use.name)}({arguments})" if arguments else name_of(use.name)


def arguments_of(
    inputs: Mapping[str, graph.Operand | tuple[graph.Operand, ...] | None],
    options: Mapping[str, graph.Option],
) -> str:
    """`inputs; options`; no word of the grammar stands where their names do."""
    values = ", ".join(f"{name_of(name, ())} = {_value(value)}" for name, value in inputs.items())
    settings = ", ".join(f"{name_of(name, ())} = {_option(option)}" for name, option in options.items())
    return values + (f"{';' if values else '; '}{' ' if values else ''}{settings}" if settings else "")


def _value(value: graph.Operand | tuple[graph.Operand, ...] | None) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(operand_of, value))}]"
    return "none" if value is None else operand_of(value)


def _option(option: graph.Option) -> str:
    if isinstance(option, tuple):
        return f"[{', '.join(map(_setting, option))}]"
    return "none" if option is None else _setting(option)


def _setting(setting: graph.Setting) -> str:
    match setting:
        case graph.DimOption(dim=dim):
            return str(dim)
        case graph.WordOption(word=word):
            return f"'{word}'"
        case graph.TextOption(text=text):
            return quoted(text)
        case bool() | float():
            return operand_of(setting)
        case int():
            return f"{setting}."


def operand_of(operand: graph.Operand) -> str:
    match operand:
        case str():
            return name_of(operand)
        case bool():
            return str(operand).lower()
        case float():
            return repr(operand).replace("inf", "1e999")
        case int():
            return str(operand)


def type_of(type_: Type) -> str:
    if isinstance(type_, DistType):
        return f"{name_of(type_.family)} over {type_.event}"
    return str(type_)


def name_of(text: str, keywords: Collection[str] = KEYWORDS) -> str:
    """A name as it is, or in backquotes."""
    if _PLAIN.fullmatch(text) and text not in keywords:
        return text
    return "`" + quoted(text)[1:-1].replace("`", "\\u0060") + "`"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
