"""Comparisons, logic and `where`; no gradient passes a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.ops.declare import Operator

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _alike(low: Lowering) -> str:
    return "({x} == {y}).all(-1)" if low.type("x").kind == "onehot" else "{x} == {y}"


def _unlike(low: Lowering) -> str:
    return "({x} != {y}).any(-1)" if low.type("x").kind == "onehot" else "{x} != {y}"


def _where(low: Lowering) -> str:
    """A condition holds for a whole one-hot vector."""
    if low.value("c").number:
        return "torch.where(torch.tensor({c}, device={device}), {a}, {b})"
    return f"torch.where({{c}}{'.unsqueeze(-1)' if low.type('a').kind == 'onehot' else ''}, {{a}}, {{b}})"


def _order(name: str, sign: str, words: str) -> tuple[Operator, Operator]:
    """One declaration for integers and classes, which stay exact, and one for numbers."""
    integers, numbers = (
        Operator(
            f"{name}(x : {kind}[*s], y : {kind}[*s]) -> bool[*s]",
            doc=f"Whether x is {words} y.",
            example=example.format(sign),
            torch=f"{{x}} {sign} {{y}}",
            scalar=f"{{x}} {sign} {{y}}",
            derivative=(),
        )
        for kind, example in (("int", "arange(3) {} 2"), ("real", "ones(2, 3) {} ones(3)"))
    )
    return integers, numbers


OPERATORS = (
    Operator(
        "eq(x : any[*s], y : any[*s]) -> bool[*s]",
        doc="Whether both are the same.",
        example="arange(3) == 2",
        torch=_alike,
        scalar="{x} == {y}",
        derivative=(),
    ),
    Operator(
        "ne(x : any[*s], y : any[*s]) -> bool[*s]",
        doc="Whether both differ.",
        example="arange(3) != 2",
        torch=_unlike,
        scalar="{x} != {y}",
        derivative=(),
    ),
    *_order("lt", "<", "below"),
    *_order("le", "<=", "at most"),
    *_order("gt", ">", "above"),
    *_order("ge", ">=", "at least"),
    Operator(
        "logical_and(x : bool[*s], y : bool[*s]) -> bool[*s]",
        doc="Whether both hold; written `and`.",
        example="arange(3) > 0 and arange(3) < 2",
        torch="{x} & {y}",
        scalar="{x} and {y}",
        derivative=(),
    ),
    Operator(
        "logical_or(x : bool[*s], y : bool[*s]) -> bool[*s]",
        doc="Whether at least one holds; written `or`.",
        example="arange(3) < 1 or arange(3) > 1",
        torch="{x} | {y}",
        scalar="{x} or {y}",
        derivative=(),
    ),
    Operator(
        "logical_not(x : bool[*s]) -> bool[*s]",
        doc="Whether it does not hold; written `not`.",
        example="not arange(3) > 1",
        torch="~{x}",
        scalar="not {x}",
        derivative=(),
    ),
    Operator(
        "where(c : bool[*s], a : any[*s], b : any[*s]) -> any[*s]",
        doc="a where c holds, else b.",
        example="where(arange(3) < 2, ones(3), 0)",
        torch=_where,
        scalar="{a} if {c} else {b}",
        derivative=("a", "b"),
    ),
    Operator(
        "where(c : bool[*s], a : real[*s], b : real[*s]) -> real[*s]",
        doc="a where c holds, else b; one-hot values are numbers beside numbers.",
        example="where(arange(3) < 2, onehot(1, 3), 0.5)",
        torch="torch.where({c}, {a}, {b})",
        derivative=("a", "b"),
    ),
)
