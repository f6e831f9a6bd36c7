"""Operators of arithmetic; `+ - * / ^ @ '` stand for add, sub, mul, div, pow, matmul and transpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.ops.declare import Operator

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _matrix_vector(low: Lowering) -> str:
    if low.lead("y") == 0 or low.lead("x") == low.lead("y") == 0:
        return "{x} @ {y}"
    if low.lead("x") == 0 and low.rank("x") == 2:
        return "linear({y}, {x})"
    return f'torch.einsum("...nk,...k->...n", {{x}}, {low.behind("y", low.rank("x") - 2)})'


def _vector_matrix(low: Lowering) -> str:
    if low.lead("x") == 0 or (low.lead("y") == 0 and low.rank("y") == 2):
        return "{x} @ {y}"
    return f'torch.einsum("...k,...km->...m", {low.behind("x", low.rank("y") - 2)}, {{y}})'


def _vector_vector(low: Lowering) -> str:
    return "{x} @ {y}" if low.lead("x") == low.lead("y") == 0 else "({x} * {y}).sum(-1)"


OPERATORS = (
    Operator(
        "add(x : int[*s], y : int[*s]) -> int[*s]",
        doc="The sum of integers.",
        example="arange(3) + 1",
        torch="{x} + {y}",
        scalar="{x} + {y}",
        derivative=(),
    ),
    Operator(
        "add(x : real[*s], y : real[*s]) -> real[*s]",
        doc="The sum.",
        example="ones(2, 3) + ones(3)",
        torch="{x} + {y}",
        scalar="{x} + {y}",
    ),
    Operator(
        "sub(x : int[*s], y : int[*s]) -> int[*s]",
        doc="The difference of integers.",
        example="arange(3) - 1",
        torch="{x} - {y}",
        scalar="{x} - {y}",
        derivative=(),
    ),
    Operator(
        "sub(x : real[*s], y : real[*s]) -> real[*s]",
        doc="The difference.",
        example="ones(2, 3) - ones(3)",
        torch="{x} - {y}",
        scalar="{x} - {y}",
    ),
    Operator(
        "mul(x : int[*s], y : int[*s]) -> int[*s]",
        doc="The product of integers.",
        example="arange(3) * 2",
        torch="{x} * {y}",
        scalar="{x} * {y}",
        derivative=(),
    ),
    Operator(
        "mul(x : real[*s], y : real[*s]) -> real[*s]",
        doc="The product.",
        example="ones(2, 3) * ones(3)",
        torch="{x} * {y}",
        scalar="{x} * {y}",
    ),
    Operator(
        "div(x : real[*s], y : real[*s]) -> real[*s]",
        doc="The quotient.",
        example="ones(2, 3) / 2",
        torch="{x} / {y}",
        scalar="{x} / {y}",
    ),
    Operator(
        "pow(x : real[*s], y : real[*s]) -> real[*s]",
        doc="The power.",
        example="ones(2, 3) ^ 2",
        torch="{x} ** {y}",
        scalar="{x} ** {y}",
    ),
    Operator(
        "neg(x : int[*s]) -> int[*s]",
        doc="The negative of integers.",
        example="-arange(3)",
        torch="-{x}",
        scalar="-{x}",
        derivative=(),
    ),
    Operator(
        "neg(x : real[*s]) -> real[*s]",
        doc="The negative.",
        example="-ones(3)",
        torch="-{x}",
        scalar="-{x}",
    ),
    Operator(
        "matmul(x : real[k], y : real[k]) -> real[]",
        doc="The inner product of two vectors.",
        example="ones(3) @ ones(3)",
        torch=_vector_vector,
        untouched=("n", "m"),
        padding={"x": 0.0, "y": 0.0},
    ),
    Operator(
        "matmul(x : real[k], y : real[*s, k, m]) -> real[*s, m]",
        doc="A vector times a matrix.",
        example="ones(3) @ ones(3, 5)",
        torch=_vector_matrix,
        untouched=("n", "m"),
        padding={"x": 0.0, "y": 0.0},
    ),
    Operator(
        "matmul(x : real[*s, n, k], y : real[k]) -> real[*s, n]",
        doc="A matrix times a vector.",
        example="ones(5, 3) @ ones(3)",
        torch=_matrix_vector,
        untouched=("n", "m"),
        padding={"x": 0.0, "y": 0.0},
    ),
    Operator(
        "matmul(x : real[*s, n, k], y : real[*s, k, m]) -> real[*s, n, m]",
        doc="The matrix product; leading axes broadcast.",
        example="ones(2, 3) @ ones(3, 5)",
        torch="{x} @ {y}",
        untouched=("n", "m"),
        padding={"x": 0.0, "y": 0.0},
    ),
    Operator(
        "transpose(x : any[*s, n, m]) -> any[*s, m, n]",
        doc="The last two axes exchanged.",
        example="ones(2, 3)'",
        torch=lambda low: "{x}.mT" if low.type("x").kind != "onehot" else "{x}.transpose(-3, -2)",
        untouched=("n", "m"),
    ),
    Operator(
        "transpose(x : real[*s, n, m]) -> real[*s, m, n]",
        doc="The last two axes exchanged; of a one-hot value, the classes count as the last axis.",
        example="onehot(arange(3), 5)'",
        torch="{x}.mT",
        untouched=("n", "m"),
    ),
)
