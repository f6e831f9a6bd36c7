"""Operators that the compiler puts in: conversions between kinds, names for values and numbers."""

from __future__ import annotations

from scgc.ir.types import TensorType, real
from scgc.ops.declare import Operator
from scgc.ops.signature import Match


def _to_real(match: Match) -> TensorType:
    return real(*match.tensor("x").stored)


def _to_class(match: Match) -> TensorType:
    x = match.tensor("x")
    return TensorType(kind="class", size=x.size, shape=x.shape)


OPERATORS = (
    Operator(
        "to_real(x : any[*s]) -> real[*s]",
        doc="Truth values, integers and classes as numbers.",
        example="ones(3) + arange(3)",
        torch=lambda low: low.as_numbers("{x}"),
        scalar="float({x})",
        result=_to_real,
        derivative=(),
    ),
    Operator(
        "to_class(x : onehot(k)[*s]) -> class(k)[*s]",
        doc="The class that a one-hot vector stands for.",
        example="onehot(arange(3), 5) == arange(3)",
        torch="{x}.argmax(-1)",
        result=_to_class,
        derivative=(),
        nonempty=True,
    ),
    Operator(
        "to_bool(x : bit[*s]) -> bool[*s]",
        doc="Whether a bit is set.",
        example="mode(Bernoulli(logits = ones(3))) and arange(3) < 2",
        torch="{x} > 0.5",
        derivative=(),
    ),
    Operator(
        "corner(x : onehot(k)[*s]) -> onehot(k)[*s]",
        doc="The one-hot vector of the largest entry: what `harden` makes of a relaxed draw.",
        example="corner(onehot(arange(3), 5))",
        torch="F.one_hot({x}.argmax(-1), {k}).to({x}.dtype)",
        derivative=(),
    ),
    Operator(
        "corner(x : bit[*s]) -> bit[*s]",
        doc="A relaxed bit as 0 or 1.",
        example="corner(mode(Bernoulli(logits = 1)))",
        torch="{x}.round()",
        derivative=(),
    ),
    Operator(
        "identity(x : any[*s]) -> any[*s]",
        doc="A value under another name.",
        example="identity(ones(3))",
        torch="{x}",
        scalar="{x}",
    ),
    Operator(
        "number(value : dim) -> int",
        doc="A compile-time integer as a value.",
        example="ones(3) + number(2)",
        torch="{value}",
        scalar="{value}",
        derivative=(),
    ),
)
