"""Expressions as a reader would write them, from the graph: temporaries inlined, operators infix again.

Used for the schedules' formulas, for what stands above a node, and for the hints that show when the pointer
rests on a node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scgc.distributions import distributions
from scgc.draw.settings import dimension, option, settings
from scgc.draw.words import greek, number
from scgc.ir.graph import (
    Apply,
    DimOption,
    Invoke,
    Operand,
    Option,
    Propagate,
    Sample,
    Simple,
    shown,
)
from scgc.ir.types import DistType, TensorType, Type

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
    expression; `drawn` the stochastic node that a distribution belongs to; `typed` the type of a name. Masks
    of padding, and of rounds that an example takes no part in, are left out: no program writes them."""

    inline: Callable[[str], Simple | None]
    drawn: Callable[[str], str | None] = lambda name: None
    typed: Callable[[str], Type | None] = lambda name: None

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

    def statement(self, statement: Simple) -> str:
        """The right side of a statement."""
        return self._expression(statement)[0]

    def mask(self, operand: Operand | None) -> Operand | None:
        """A mask without what the analysis added to it; None where nothing is left."""
        if not isinstance(operand, str) or shown(operand).startswith("%alive"):
            return None
        match self.inline(operand):
            case Apply(function="mask"):
                return None
            case Apply(function="unsqueeze" | "identity", inputs={"x": str() as inner}):
                return operand if self.mask(inner) is not None else None
            case Apply(function="logical_and", inputs={"x": str() as one, "y": str() as other}):
                kept = [self.mask(one), self.mask(other)]
                return kept[1] if kept[0] is None else kept[0] if kept[1] is None else operand
            case _:
                return operand

    def _expression(self, statement: Simple) -> tuple[str, int]:
        match statement:
            case Apply():
                return self._apply(statement)
            case Invoke():
                return f"{called(statement)}({', '.join(self.operand(a) for a in statement.args)})", _ATOM
            case Propagate():
                ends = (("dst", statement.dst), ("src", statement.src), ("along", statement.along))
                words = [called(statement), *(f"{slot} = {self.operand(x)}" for slot, x in ends)]
                return f"propagate({', '.join(words)})", _ATOM
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
        if function in ("logical_and", "where") and self._masked(function, operands):
            return self._through(self._masked(function, operands))
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
        if function in ("select", "slice", "take", "pick"):
            return f"{self.operand(operands[0], _ATOM)}[{self._subscript(call)}]", _ATOM
        return f"{function}({', '.join(self._arguments(call))})", _ATOM

    def _through(self, operand: Operand | None) -> tuple[str, int]:
        statement = self.inline(operand) if isinstance(operand, str) else None
        return self._expression(statement) if statement else (self.operand(operand), _ATOM)

    def _masked(self, function: str, operands: list[Operand | None]) -> Operand | None:
        """What `mask and x` or `where(mask, x, fill)` says where the mask is the analysis's own."""
        if function == "where":
            return operands[1] if isinstance(operands[0], str) and self.mask(operands[0]) is None else None
        kept = [x for x in operands if self.mask(x) is not None]
        return kept[0] if len(kept) == 1 else None

    def _subscript(self, call: Apply) -> str:
        if call.function == "take":
            index = call.inputs["index"]
            return self.operand(index if not isinstance(index, tuple) else None)
        axis = call.options.get("axis")
        position = axis.dim.value or 0 if isinstance(axis, DimOption) else 0
        before = ":, " * position
        if call.function == "pick":
            return before + self._picked(call, position)
        if call.function == "select":
            return before + self._place(call, position, call.options["index"])
        ends = (call.options.get(end) for end in ("start", "stop"))
        return before + ":".join("" if end is None else self._place(call, position, end) for end in ends)

    def _picked(self, call: Apply, axis: int) -> str:
        """An index of each example's own, such as its last."""
        index = call.inputs["index"]
        statement = self.inline(index) if isinstance(index, str) else None
        if isinstance(statement, Apply) and statement.function == "length":
            return self._place(call, axis, statement.options["size"])
        return self.operand(None if isinstance(index, tuple) else index)

    def _place(self, call: Apply, axis: int, place: Option) -> str:
        """A place along an axis; counted from the end, as the program did, where the axis has a name."""
        x = call.inputs["x"]
        type_ = self.typed(x) if isinstance(x, str) else None
        if isinstance(place, DimOption) and place.dim.value is None and isinstance(type_, TensorType):
            behind = (place.dim - type_.stored[axis]).value
            if behind is not None and behind < 0:
                return number(behind)
        return option(place)

    def _arguments(self, call: Apply) -> list[str]:
        words: list[str] = []
        for slot, operand in call.inputs.items():
            parts: tuple[Operand | None, ...] = operand if isinstance(operand, tuple) else (operand,)
            if slot == "where":
                parts = tuple(self.mask(part) for part in parts)
            texts = [self.operand(part) for part in parts if part is not None]
            words += [f"{slot} = {text}" if slot in _named(call) else text for text in texts]
        return words + settings(call.function, call.options)


def called(call: Invoke | Propagate) -> str:
    """A net by its own name, with the copy."""
    name = call.net.rpartition("/")[2]
    return name if call.copy_index is None else f"{name}[{dimension(call.copy_index)}]"


def _named(call: Apply) -> set[str]:
    """The inputs that a reader wants named: a shortcut's `drop`, a mask, those of a less usual
    parametrisation."""
    if not _is_family(call):
        return {"drop", "where"}
    usual = {s.name for s in distributions()[call.function].parsed[0].slots}
    return set() if usual == set(call.inputs) else set(call.inputs)


def _whole(call: Apply) -> bool:
    """Whether it is the slice `[:]`, which leaves an axis as it is."""
    return call.function == "slice" and call.options.get("start") is None is call.options.get("stop")


def _is_family(call: Apply) -> bool:
    return isinstance(call.type, DistType)
