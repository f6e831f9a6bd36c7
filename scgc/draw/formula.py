"""Expressions as a reader would write them, from the graph: temporaries inlined, operators infix again.

Used for the schedules' formulas, for what stands above a node, and for the hints that show when the pointer
rests on a node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scgc.distributions import distributions
from scgc.draw.words import greek, number
from scgc.ir.graph import Apply, DimOption, Invoke, Operand, Option, Sample, Statement, TextOption, WordOption
from scgc.ir.types import DistType
from scgc.ops import operators
from scgc.syntax import ast

_INFIX = {
    "logical_or": ("or", 1), "logical_and": ("and", 2),
    "eq": ("==", 4), "ne": ("!=", 4), "lt": ("<", 4), "le": ("<=", 4), "gt": (">", 4), "ge": (">=", 4),
    "add": ("+", 5), "sub": ("−", 5), "mul": ("·", 6), "div": ("/", 6), "matmul": ("@", 6), "pow": ("^", 8),
}  # fmt: skip
"""Sign and binding strength of the binary operators, as in the grammar."""

_PREFIX = {"logical_not": ("not ", 3), "neg": ("−", 7)}
_INVISIBLE = ("to_real", "to_class", "to_bool", "identity")
_ATOM = 9


@dataclass(frozen=True)
class Formula:
    """Writes expressions of one region. `inline` gives the statement of a name that is only a part of an
    expression; `drawn` the stochastic node that a distribution belongs to."""

    inline: Callable[[str], Statement | None]
    drawn: Callable[[str], str | None] = lambda name: None

    def operand(self, operand: Operand | None, strength: int = 0) -> str:
        """An operand, in parentheses where its operator binds less than `strength`."""
        if not isinstance(operand, str):
            return "none" if operand is None else number(operand)
        node = self.drawn(operand)
        if node is not None:
            return greek(node)
        statement = self.inline(operand)
        if statement is None:
            return greek(operand)
        text, binding = self._expression(statement)
        return text if binding >= strength else f"({text})"

    def statement(self, statement: Statement) -> str:
        """The right side of a statement."""
        return self._expression(statement)[0]

    def _expression(self, statement: Statement) -> tuple[str, int]:
        match statement:
            case Apply():
                return self._apply(statement)
            case Invoke():
                name = statement.net.rpartition("/")[2]
                copy = "" if statement.copy_index is None else f"[{statement.copy_index}]"
                return f"{name}{copy}({', '.join(self.operand(a) for a in statement.args)})", _ATOM
            case Sample():
                return self.operand(statement.distribution), _ATOM

    def _apply(self, call: Apply) -> tuple[str, int]:
        function, inputs = call.function, list(call.inputs.values())
        operands = [x for x in inputs if not isinstance(x, tuple)]
        if call.options.get("uniform") is True:
            return "uniform", _ATOM
        if function == "kl" and isinstance(operands[0], str) and self.drawn(operands[0]):
            return f"kl({self.operand(operands[0])})", _ATOM
        if function == "log_prob" and isinstance(operands[0], str) and self.drawn(operands[0]) == operands[1]:
            return f"−nll({self.operand(operands[1])})", _PREFIX["neg"][1]
        if function in _INFIX and len(operands) == 2:
            sign, binding = _INFIX[function]
            power = function == "pow"  # the one that binds to the right
            left, right = (self.operand(x, binding + (i != power)) for i, x in enumerate(operands))
            return (f"{left}{sign}{right}" if power else f"{left} {sign} {right}"), binding
        if function in _PREFIX and len(operands) == 1:
            sign, binding = _PREFIX[function]
            text = self.operand(operands[0], binding)
            return (text[1:] if text[:1] == sign else sign + text), binding
        if function in _INVISIBLE or _whole(call):
            return self._through(operands[0])
        if function == "number":
            return option(call.options["value"]), _ATOM
        if function == "transpose":
            return f"{self.operand(operands[0], _ATOM)}'", _ATOM
        if function in ("select", "slice", "take"):
            return f"{self.operand(operands[0], _ATOM)}[{self._subscript(call)}]", _ATOM
        return f"{function}({', '.join(self._arguments(call))})", _ATOM

    def _through(self, operand: Operand | None) -> tuple[str, int]:
        statement = self.inline(operand) if isinstance(operand, str) else None
        return self._expression(statement) if statement else (self.operand(operand), _ATOM)

    def _subscript(self, call: Apply) -> str:
        if call.function == "take":
            index = call.inputs["index"]
            return self.operand(index if not isinstance(index, tuple) else None)
        axis = call.options.get("axis")
        before = ":, " * (axis.dim.value or 0 if isinstance(axis, DimOption) else 0)
        if call.function == "select":
            return before + option(call.options["index"])
        ends = (call.options.get(end) for end in ("start", "stop"))
        return before + ":".join("" if end is None else option(end) for end in ends)

    def _arguments(self, call: Apply) -> list[str]:
        words: list[str] = []
        for slot, operand in call.inputs.items():
            parts = operand if isinstance(operand, tuple) else (operand,)
            texts = [self.operand(part) for part in parts if part is not None]
            words += [f"{slot} = {text}" if slot in _named(call) else text for text in texts]
        return words + settings(call.function, call.options)


def _named(call: Apply) -> set[str]:
    """The inputs that a reader wants named: a shortcut's `drop`, those of a less usual parametrisation."""
    if call.function == "dropres":
        return {"drop"}
    usual = {s.name for s in distributions()[call.function].parsed[0].slots} if _is_family(call) else set()
    return set() if usual in (set(), set(call.inputs)) else set(call.inputs)


def _whole(call: Apply) -> bool:
    """Whether it is the slice `[:]`, which leaves an axis as it is."""
    return call.function == "slice" and call.options.get("start") is None is call.options.get("stop")


def _is_family(call: Apply) -> bool:
    return isinstance(call.type, DistType)


def option(value: Option) -> str:
    """A compile-time setting."""
    match value:
        case None:
            return "none"
        case DimOption(dim=dim):
            return str(dim).replace("-", "−")
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
