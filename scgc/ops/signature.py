"""Matching arguments against a signature: conversions of kinds, binding of dimensions, the result's type.

Pure: it knows types and signatures, not expressions or diagnostics. A failure is a `Mismatch` with both
sides' facts, which the analysis words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scgc.ir.dims import Dim
from scgc.ir.graph import Option
from scgc.ir.types import DistType, Kind, TensorType, Type
from scgc.syntax import ast

VALUE_KINDS = ("real", "int", "bool", "bit", "class", "onehot", "any", "dist")
"""The kinds of slots that take values of the graph; the others are known before running."""

_CONVERSIONS: dict[tuple[str, str], str | None] = {
    # (found, wanted): the operator that converts, None where the stored tensor serves as it is
    ("bit", "real"): None,
    ("onehot", "real"): None,
    ("bool", "real"): "to_real",
    ("int", "real"): "to_real",
    ("class", "real"): "to_real",
    ("class", "int"): None,
    ("onehot", "class"): "to_class",
    ("int", "class"): None,
    ("bit", "bool"): "to_bool",
}


class Mismatch(Exception):
    """An argument that does not fit its slot."""

    def __init__(self, slot: str, expected: str, found: str, why: str = "") -> None:
        super().__init__(f"{slot}: expected {expected}, found {found}{why and f' ({why})'}")
        self.slot, self.expected, self.found, self.why = slot, expected, found, why


@dataclass
class Match:
    """What a signature's names stand for in one call.

    types: the type of each value after conversion (a tuple for a variadic slot).
    conversions: (slot, position) -> operator to apply to that argument first.
    numbers: the plain numbers among a slot's values. fixed: whether a slot's values are the same for every
        example, where that is known.
    """

    known: Mapping[str, Dim]
    options: Mapping[str, Option] = field(default_factory=dict)
    dims: dict[str, Dim] = field(default_factory=dict)
    rests: dict[str, tuple[Dim, ...]] = field(default_factory=dict)
    types: dict[str, Type | tuple[TensorType, ...] | None] = field(default_factory=dict)
    conversions: dict[tuple[str, int], str] = field(default_factory=dict)
    numbers: dict[str, list[float]] = field(default_factory=dict)
    fixed: dict[str, bool] = field(default_factory=dict)
    any_type: TensorType | None = None

    def tensor(self, slot: str) -> TensorType:
        """The type of a slot that holds one tensor."""
        found = self.types[slot]
        assert isinstance(found, TensorType)
        return found

    def verify_classes(self, slot: str, size: Dim) -> None:
        """Numbers that stand for classes are below the number of classes. Raises Mismatch."""
        count = size.substitute(self.known).value
        for number in self.numbers.get(slot, []):
            if number < 0 or (count is not None and number >= count):
                raise Mismatch(slot, f"a class from 0 to {size - 1}", f"{number:g}", "there is no such class")

    def equal(self, a: Dim, b: Dim) -> bool:
        """Whether two dimensions are the same under the program's dims."""
        return a == b or a.substitute(self.known) == b.substitute(self.known)

    def shown(self, dim: Dim) -> str:
        """A dimension for messages: its name with its value."""
        value = dim.substitute(self.known)
        return str(dim) if value == dim else f"{dim} = {value}"

    def broadcast(self, a: tuple[Dim, ...], b: tuple[Dim, ...]) -> tuple[Dim, ...] | None:
        """The common shape, as PyTorch broadcasts; None where there is none."""
        if len(a) < len(b):
            a, b = b, a
        joined = list(a)
        for i, right in enumerate(b, start=len(a) - len(b)):
            if self.equal(joined[i], right) or right.value == 1:
                continue
            if joined[i].value != 1:
                return None
            joined[i] = right
        return tuple(joined)

    def evaluate(self, expression: ast.Expression) -> Dim:
        """A dimension of the signature in terms of what is bound. Raises KeyError for an unbound name."""
        match expression:
            case ast.Number(value=value):
                return Dim.of(int(value))
            case ast.Name(id=name):
                return self.dims[name]
            case ast.Binary(op=op, left=left, right=right):
                a, b = self.evaluate(left), self.evaluate(right)
                return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a // b}[op]()
            case _:
                raise AssertionError("not a dimension of a signature")

    def unify_shape(
        self,
        slot: str,
        pattern: tuple[ast.Expression | ast.Rest, ...],
        found: TensorType,
        whole: ast.TypeExpr,
    ) -> None:
        """Bind or compare each axis of `found` with those of the pattern `whole`. Raises Mismatch."""
        shape = found.shape
        rest = pattern[0] if pattern and isinstance(pattern[0], ast.Rest) else None
        fixed = pattern[1:] if rest else pattern
        if len(shape) < len(fixed) or (not rest and len(shape) > len(fixed)):
            raise Mismatch(slot, pattern_text(self, whole), str(found), "the number of axes differs")
        cut = len(shape) - len(fixed)
        if rest:
            before = self.rests.get(rest.name)
            joined = shape[:cut] if before is None else self.broadcast(before, shape[:cut])
            if joined is None:
                assert before is not None
                shown = f"[{', '.join(map(str, before))}]"
                raise Mismatch(
                    slot, f"axes that broadcast with {shown}", str(found), "the axes do not broadcast"
                )
            self.rests[rest.name] = joined
        for axis, dim in zip(fixed, shape[cut:], strict=True):
            assert not isinstance(axis, ast.Rest)
            self.unify_dim(slot, axis, dim, whole, found)

    def unify_dim(
        self, slot: str, axis: ast.Expression, dim: Dim, whole: ast.TypeExpr, found: TensorType
    ) -> None:
        if isinstance(axis, ast.Name) and axis.id not in self.dims:
            self.dims[axis.id] = dim
            return
        wanted = self.evaluate(axis)
        if not self.equal(wanted, dim):
            shown, other = self.shown(wanted), self.shown(dim)
            text = pattern_text(self, whole) + (f" with {shown}" if "=" in shown else "")
            raise Mismatch(slot, text, str(found), f"{shown} is not {other}")


def pattern_text(match: Match, pattern: ast.TypeExpr) -> str:
    """A slot's type with what its names stand for; `...` are axes of any number, left out where there is no
    other."""

    def shown(axis: ast.Expression | ast.Rest) -> str:
        if isinstance(axis, ast.Rest):
            return "..."
        try:
            return str(match.evaluate(axis))
        except KeyError:
            return axis.span.text

    kind = {"any": "a value"}.get(pattern.kind, pattern.kind)
    size = f"({shown(pattern.size)})" if pattern.size is not None else ""
    axes = [shown(axis) for axis in pattern.shape or ()]
    return kind + size + (f"[{', '.join(axes)}]" if axes not in ([], ["..."]) else "")


def convert(found: TensorType, wanted: str, literal: bool) -> tuple[TensorType, str | None] | None:
    """`found` seen as the kind `wanted`, with the operator that does it; None where it can't be."""
    if wanted in (found.kind, "any"):
        return found, None
    if literal and found.kind == "int" and wanted in ("real", "class"):
        return TensorType(kind="real" if wanted == "real" else "int"), None
    if (found.kind, wanted) not in _CONVERSIONS:
        return None
    operator = _CONVERSIONS[found.kind, wanted]
    if wanted == "real":
        return TensorType(kind="real", shape=found.stored), operator
    kinds: dict[str, Kind] = {"class": "class", "int": "int", "bool": "bool"}
    if wanted == "class" and found.kind == "int":
        return found, None
    return TensorType(
        kind=kinds[wanted], size=found.size if wanted == "class" else None, shape=found.shape
    ), operator


def match_value(
    match: Match, slot: ast.Slot, position: int, found: Type, literal: bool
) -> TensorType | DistType:
    """Fit one value into a slot, recording its conversion. Raises Mismatch."""
    pattern = slot.type
    if pattern.kind == "dist" or isinstance(found, DistType):
        if pattern.kind == "dist" and isinstance(found, DistType):
            return found
        expected = "a distribution" if pattern.kind == "dist" else pattern_text(match, pattern)
        raise Mismatch(slot.name, expected, str(found))
    converted = convert(found, pattern.kind, literal)
    if converted is None:
        raise Mismatch(slot.name, pattern_text(match, pattern), str(found))
    type_, operator = converted
    if pattern.kind == "any":
        type_, operator = _join_any(match, slot.name, type_, literal)
    if pattern.size is not None and type_.size is not None:
        match.unify_dim(slot.name, pattern.size, type_.size, pattern, found)
    if slot.variadic:  # its values need not agree with each other; the operator's `result` looks at them
        match.rests.clear()
    if pattern.shape is not None:
        match.unify_shape(slot.name, pattern.shape, type_, pattern)
    elif type_.shape:
        raise Mismatch(slot.name, pattern_text(match, pattern), str(found), "the number of axes differs")
    if operator:
        match.conversions[slot.name, position] = operator
    return type_


def _join_any(match: Match, slot: str, found: TensorType, literal: bool) -> tuple[TensorType, str | None]:
    """All `any` slots of a call hold one kind; classes and integers, numbers and literals go together."""
    before = match.any_type
    if before is None:
        match.any_type = found
        return found, None
    if before.kind == "bool" and found.kind == "bit":
        return TensorType(kind="bool", shape=found.shape), "to_bool"
    if before.kind == found.kind and (literal or before.size is None or before.size == found.size):
        return found, None
    numbers, classes = {"real", "int", "bit"}, {"class", "int", "onehot"}
    if {before.kind, found.kind} <= classes and before.kind != "onehot":
        if found.kind == "onehot":
            return TensorType(kind="class", size=found.size, shape=found.shape), "to_class"
        return found, None
    if {before.kind, found.kind} <= numbers:
        match.any_type = TensorType(kind="real")
        return TensorType(kind="real", shape=found.shape), "to_real" if found.kind == "int" else None
    raise Mismatch(slot, str(before), str(found), "both must be of one kind")


def result_type(match: Match, pattern: ast.TypeExpr) -> TensorType:
    """The type that a signature's result stands for."""
    shape: list[Dim] = []
    for axis in pattern.shape or ():
        if isinstance(axis, ast.Rest):
            shape += match.rests.get(axis.name, ())
        else:
            shape.append(match.evaluate(axis))
    if pattern.kind == "any":
        assert match.any_type is not None
        return match.any_type.with_shape(tuple(shape))
    kinds: dict[str, Kind] = {
        "real": "real",
        "int": "int",
        "bool": "bool",
        "bit": "bit",
        "class": "class",
        "onehot": "onehot",
    }
    size = None if pattern.size is None else match.evaluate(pattern.size)
    return TensorType(kind=kinds[pattern.kind], size=size, shape=tuple(shape))
