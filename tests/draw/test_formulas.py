"""Expressions are written as a reader would, with no more parentheses than needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scgc.draw.caption import schedule
from scgc.draw.flatten import flatten
from scgc.draw.hints import formula, hint
from scgc.ir.graph import Apply, Program

Compile = Callable[[str], Program]

HEAD = """
dim n = 3
input x, y : real[n]
input c : class(n)
param A : real[n, n]
"""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("x + y * x", "x + y · x"),
        ("(x + y) * x", "(x + y) · x"),
        ("x - (y - x)", "x − (y − x)"),
        ("x - y - x", "x − y − x"),
        ("-x * y", "−x · y"),
        ("-(x * y)", "−(x · y)"),
        ("x ^ 2 ^ y", "x^2^y"),
        ("(x ^ 2) ^ y", "(x^2)^y"),
        ("A' @ x", "A' @ x"),
        ("(A + A)' @ x", "(A + A)' @ x"),
        ("A[0] + A[:, 1]", "A[0] + A[:, 1]"),
        ("A[c] + x", "A[c] + x"),
        ("concat(x, y)[2:]", "concat(x, y)[2:]"),
        ("sum(x * 0.5) + y", "sum(x · 0.5) + y"),
        ("x |> softmax", "softmax(x)"),
        ("dropres(x, drop = 0.25) + y", "dropres(x, drop = 0.25) + y"),
        ("where(x > 0 and not (y > 0), x, y)", "where(x > 0 and not y > 0, x, y)"),
    ],
)
def test_expressions(compiled: Compile, written: str, shown: str) -> None:
    flat = flatten(compiled(HEAD + f"v = {written}\nloss e = sum(v)"))
    statement = flat.values["v"].statement
    assert isinstance(statement, Apply)
    assert formula(flat, ()).statement(statement) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("8", "s = 8"),
        ("8 * (1 - exp(-0.008 * t))", "s = 8 · (1 − exp(−0.008 · t))"),
        ("max(1e-4, 2 ^ (-t / 100))", "s = max(0.0001, 2^(−t / 100))"),
    ],
)
def test_schedules(compiled: Compile, written: str, shown: str) -> None:
    (declared,) = compiled(f"schedule s = {written}\nparam w : real[]\nloss e = w * s").schedules
    assert schedule(declared) == shown


def test_hints_tell_the_line_and_the_documentation(compiled: Compile) -> None:
    text = HEAD + "## The sum of both. More of it.\nv = x + y\nz ~ Normal(mean = v, std = 1)\nloss e = sum(z)"
    flat = flatten(compiled(text))
    assert hint(flat, flat.values["v"], None) == "v = x + y — The sum of both."
    assert hint(flat, flat.values["z"], None) == "z ~ Normal(v, 1)"
    assert hint(flat, flat.values["x"], None) == "x : real[n]"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("s[-1]", "s[−1]"),
        ("s[m - 1]", "s[−1]"),
        ("s[0]", "s[0]"),
        ("sum(s)", "sum(s)"),
        ("sum(s, where = s > 0)", "sum(s, where = s > 0)"),
        ("softmax(s)", "softmax(s)"),
        ("mean(where(s > 0, s, 1))", "mean(where(s > 0, s, 1))"),
    ],
)
def test_lengths_are_counted_from_the_end_and_padding_is_not_told(
    compiled: Compile, written: str, shown: str
) -> None:
    program = compiled(f"size m <= 9\ninput s : real[m]\nvalue = {written}\nloss total = sum(value)")
    flat = flatten(program)
    assert hint(flat, flat.values["value"], None) == f"value = {shown}"
