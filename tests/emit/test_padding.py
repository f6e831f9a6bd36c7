"""The padding behind shorter examples never changes a result or a gradient, whatever stands in it."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from padding_cases import CASES, EXEMPT, INPUTS, REFUSED
from ragged import LENGTHS, Ragged

from scgc.distributions import distributions
from scgc.ir.graph import Apply, walk
from scgc.ops import operators
from scgc.pipeline import Compilation
from scgc.source import Source


@cache
def compiled(expression: str, before: str = INPUTS) -> Compilation:
    text = expression if "y =" in expression or "y ~" in expression else f"y = {expression}"
    return Compilation(Source("example.scg", f"{before}{text}\n"))


def titled(expressions: list[str]) -> list[str]:
    return [e.split("\n")[0] if "\n" not in e else e.replace("\n", "; ") for e in expressions]


ALL = [e for expressions in CASES.values() for e in expressions]
WRONG = [(code, e) for code, expressions in REFUSED.items() for e in expressions]


@pytest.mark.parametrize("expression", ALL, ids=titled(ALL))
def test_every_example_gets_what_it_gets_alone(expression: str) -> None:
    lengths = LENGTHS["n"]
    if "var(" in expression or "std(" in expression:
        lengths = tuple(max(n, 2) for n in lengths)
    Ragged(compiled(expression), {"n": lengths}).verify()


@pytest.mark.parametrize(("code", "expression"), WRONG, ids=titled([e for _, e in WRONG]))
def test_what_cannot_leave_padding_out_is_refused(code: str, expression: str) -> None:
    found = compiled(expression).diagnostics
    assert code in [d.code for d in found if d.severity == "error"]


TWO = """size n <= 9
size m <= 9
input x : real[n, 3]
input z : real[m, 3]
input c : class(m)[n]
"""
BOTH = [
    "x @ z'",
    "sum(x @ z')",
    "softmax(x @ z') @ z",
    "softmax(x @ z', axis = 0)",
    "z[c]",
    "sum(onehot(c), axis = 0)",
]
BOTH += [
    "max(x @ z')",
    "mean(cross_entropy(x @ z', c))",
    "argmax(x @ z')",
    "sum(x) / n + sum(z) / m",
    "onehot(c)",
]


@pytest.mark.parametrize("expression", BOTH)
def test_two_lengths(expression: str) -> None:
    Ragged(compiled(expression, TWO), LENGTHS).verify()


LONGER = "size n <= 9\ninput x : real[n + 1, 3]\ninput z : real[n, 3]\n"


@pytest.mark.parametrize(
    "expression", ["sum(x)", "softmax(x, axis = 0)", "x[1:] + z", "x[-1]", "x[1]", "x[:-1] * z"]
)
def test_axes_longer_than_a_length(expression: str) -> None:
    Ragged(compiled(expression, LONGER), {"n": LENGTHS["n"]}).verify()


def test_inputs_that_may_be_missing_are_padded_too() -> None:
    text = "size n <= 9\ninput x : real[n]\ninput t : real[n] optional\nloss y = sum(log(exp(x) * t ^ 2))\n"
    ragged = Ragged(Compilation(Source("example.scg", text)), {"n": LENGTHS["n"]})
    ragged.verify()
    out = ragged.model(x=torch.zeros(1, 2), n=torch.tensor([2]))
    assert out.y is None


def test_generating_leaves_padding_out() -> None:
    text = f"{INPUTS}z ~ Categorical(logits = M) observe own\nloss y = nll(z)\n"
    ragged = Ragged(Compilation(Source("example.scg", text)), {"n": LENGTHS["n"]})
    given = ragged.batch("garbage", 3)
    drawn = ragged.model.generate(M=given["M"], n=torch.tensor(LENGTHS["n"])).z
    for example, length in enumerate(LENGTHS["n"]):
        assert drawn[example, :length, length:].eq(0).all()


def test_every_operator_and_distribution_is_here() -> None:
    """A new one must declare what it does with padding, and be tried."""
    shown: set[str] = set()
    for expression in ALL:
        program = compiled(expression).program
        bodies = [program.body, *(net.body for net in program.nets)]
        shown |= {s.function for body in bodies for s in walk(body) if isinstance(s, Apply)}
    refused = {name for _, e in WRONG for name in (*operators(), *distributions()) if f"{name}(" in e}
    asked = {*operators(), *distributions()}
    assert asked - shown - refused - set(EXEMPT) == set()
