"""Draws among the rows of a large table are one call where nothing needs the draw, and compute the same."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from scgc.runtime import wide

PROGRAM = """
dim N = data.entities
size hops <= 4
input head : class(N)
input path : class(3)[hops]
input tail : class(N)
param E : real[N, 5] init normal(0, 1)
param V : real[N, 5] init normal(0, 1)
param W : real[3, 5] init normal(0, 1)
schedule beta = 0.1 * t
net hop(s : real[5], r : class(3)) -> real[5] {
  z ~ Categorical(logits = E @ (s * W[r])) via gumbel_softmax(tau = 2, scale = beta)
  return s + z @ V
}
s = E[head]
for r in path { s <- hop(s, r) }
loss link = cross_entropy(E @ s, tail)
"""
DRAW = "  z ~ Categorical(logits = E @ (s * W[r])) via gumbel_softmax(tau = 2, scale = beta)\n"


def results(examples: Any, training: bool = True) -> tuple[Any, list[Any]]:
    """The output and the gradients of all parameters in double precision, without noise."""
    compiled = examples.compilation(PROGRAM)
    model = examples.model(compiled).double().train(training).set_sampling("mode")
    out = model(**examples.data(compiled))
    return out, list(torch.autograd.grad(out.loss, list(model.parameters()), allow_unused=True))


@pytest.mark.parametrize("training", [True, False])
def test_values_and_gradients_are_those_of_the_plain_way(
    training: bool, examples: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, expected = results(examples, training)
    monkeypatch.setattr(wide, "LARGE", 0)
    out, found = results(examples, training)
    torch.testing.assert_close((out.s, out.loss, found), (plain.s, plain.loss, expected))
    assert plain.s_z.shape[-1] == 11
    assert out.s_z is None if training else torch.equal(out.s_z, plain.s_z)


def test_the_node_may_be_missing(examples: Any) -> None:
    text = examples.compilation(PROGRAM).python
    assert "h, z = select_row(s * self.W[r], self.E, self.V, tau=2, scale=self.beta, mode=self.mode)" in text
    assert "s_z: Tensor | None" in text
    assert "-> tuple[Tensor, Tensor | None]" in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dim N = data.entities", "dim N = 11"),
        ("scale = beta)", "scale = beta, hard = true)"),
        ("via gumbel_softmax(tau = 2, scale = beta)", "via straight_through"),
        ("tau = 2", "tau = 2 + norm(s)"),
        ("return s + z @ V", "return s + z @ V + sum(z)"),
        ("return s + z @ V", "return s + z @ (2 * V)"),
        (DRAW, DRAW.replace("E @ (s * W[r])", "2 * (E @ (s * W[r]))")),
        (DRAW, "  l = E @ (s * W[r])\n" + DRAW.replace("E @ (s * W[r])", "l")),
        (DRAW, DRAW.replace("beta)", "beta) prior uniform")),
        ("loss link", "one = hop(s, 0)\nmetric first = take(one.z, 0)\nloss link"),
    ],
)
def test_what_is_not_one_call(old: str, new: str, examples: Any) -> None:
    assert old in PROGRAM
    assert "select_row" not in examples.compilation(PROGRAM.replace(old, new)).python
