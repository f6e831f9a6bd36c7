"""Options of data sets and optimisers as plain Python values: what the program gives, completed by
defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scgc.ir.dims import Dim
from scgc.ir.graph import DimOption, Option, TextOption, WordOption
from scgc.syntax import ast

WORDS = {"none": None, "true": True, "false": False}


def option_values(
    signature: ast.Signature, given: Mapping[str, Option], dims: Mapping[str, Dim]
) -> dict[str, Any]:
    """Every option of a signature with its value; dimensions are worked out with `dims`."""
    values: dict[str, Any] = {s.name: _default(s.default) for s in signature.slots if not s.variadic}
    values.update({name: plain(option, dims) for name, option in given.items()})
    return values


def plain(option: Option, dims: Mapping[str, Dim]) -> Any:
    """An option of the IR as a Python value; a dimension that stays open as its text."""
    match option:
        case DimOption(dim=dim):
            worked_out = dim.substitute(dims)
            return str(worked_out) if worked_out.value is None else worked_out.value
        case WordOption(word=word):
            return WORDS.get(word, word)
        case TextOption(text=text):
            return text
        case tuple():
            return [plain(part, dims) for part in option]
        case _:
            return option


def _default(value: ast.Expression | None) -> Any:
    match value:
        case ast.Number(value=number):
            return number
        case ast.Name(id=word):
            return WORDS.get(word, word)
        case ast.Text(value=text):
            return text
        case ast.Unary(op="-", operand=operand):
            return -_default(operand)
        case ast.List(items=items):
            return [_default(item) for item in items]
        case _:
            return None
