"""Compile-time settings as a reader would write them, those that stand at their default left out."""

from __future__ import annotations

from scgc.draw.words import number
from scgc.ir.dims import Dim
from scgc.ir.graph import DimOption, Option, TextOption, WordOption
from scgc.ops import operators
from scgc.syntax import ast


def dimension(dim: Dim) -> str:
    """A dimension with true minus signs."""
    return str(dim).replace("-", "−")


def option(value: Option) -> str:
    """A compile-time setting."""
    match value:
        case None:
            return "none"
        case DimOption(dim=dim):
            return dimension(dim)
        case WordOption(word=word) | TextOption(text=word):
            return word
        case tuple():
            return ", ".join(option(v) for v in value)
        case _:
            return number(value)


def settings(function: str, options: dict[str, Option]) -> list[str]:
    """The options of an operator that differ from their defaults; those without a default by value alone."""
    slots = {s.name: s for o in operators().get(function, ()) for s in o.parsed.slots}
    words = []
    for name, value in options.items():
        default = slots[name].default if name in slots else None
        if default is None:
            words.append(option(value))
        elif not is_default(default, value):
            words.append(f"{name} = {option(value)}")
    return [w for w in words if w]


def is_default(default: ast.Expression, value: Option) -> bool:
    """Whether a setting is what the declaration has as its default."""
    match default:
        case ast.Number(value=known):
            return option(value) == number(known)
        case ast.Name(id=word):
            return option(value) == word
        case ast.Unary(op="-", operand=ast.Number(value=known)):
            return option(value) == number(-known)
        case _:
            return False
