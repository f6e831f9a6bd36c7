"""A cross entropy over a large table is one call where nothing else needs the logits, and is the same."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from scgc.runtime import wide

PROGRAM = """
dim N = data.entities
input head : class(N)
input tail : class(N)
input answers : bool[N] optional
param E : real[N, 5] init normal(0, 1)
param W : real[5, 5] init normal(0, 1)
q = W @ E[head]
logits = E @ q
loss link = 2 * cross_entropy(logits, tail)
metric rank = filtered_rank(logits, tail, answers)
"""


def results(examples: Any, training: bool, answers: bool) -> tuple[Any, list[Any]]:
    compiled = examples.compilation(PROGRAM)
    model = examples.model(compiled).double().train(training)
    data = examples.data(compiled)
    if not answers:
        data.pop("answers", None)
    out = model(**data)
    return out, list(torch.autograd.grad(out.loss, list(model.parameters())))


@pytest.mark.parametrize(
    ("training", "answers"), [(True, True), (True, False), (False, True), (False, False)]
)
def test_values_and_gradients_are_those_of_the_plain_way(
    training: bool, answers: bool, examples: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, expected = results(examples, training, answers)
    monkeypatch.setattr(wide, "LARGE", 0)
    out, found = results(examples, training, answers)
    torch.testing.assert_close((out.link, out.rank, found), (plain.link, plain.rank, expected))
    assert plain.logits is not None
    assert (out.logits is None) == (training and not answers)


def test_the_logits_may_be_missing(examples: Any) -> None:
    text = examples.compilation(PROGRAM).python
    assert "logits = row_logits(q, self.E, keep=not self.training or answers is not None)" in text
    assert "row_cross_entropy(q, self.E, tail, logits)" in text
    assert "logits: Tensor | None" in text


def test_logits_without_a_name(examples: Any) -> None:
    program = PROGRAM.replace("logits = E @ q\n", "").replace("(logits, tail)", "(E @ q, tail)")
    text = examples.compilation(program.replace("metric rank", "# metric rank")).python
    assert "row_logits(q, self.E, keep=False)" in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dim N = data.entities", "dim N = 11"),
        ("logits = E @ q", "logits = 2 * (E @ q)"),
        ("metric rank", "metric right = argmax(logits) == tail\nmetric rank"),
        ("metric rank", "loss small = 0.1 * mean(logits)\nmetric rank"),
        ("metric rank", "z ~ Categorical(logits = logits) via straight_through\nmetric rank"),
        ("bool[N] optional", "bool[N]"),
    ],
)
def test_what_needs_the_logits(old: str, new: str, examples: Any) -> None:
    assert old in PROGRAM
    assert "row_logits" not in examples.compilation(PROGRAM.replace(old, new)).python
