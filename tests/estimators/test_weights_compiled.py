"""Estimators whose draws carry weights, in compiled programs: the gradient of the loss with respect to what
each example is given is that of the enumerated program."""

from typing import Any

import pytest
import torch
from evidence import assert_mean
from torch import Tensor

from scgc.emit.load import load_source, model_class
from scgc.pipeline import Compilation
from scgc.source import Source

DISCRETE = """
input a : real[3, 4]
input b : real[2]
input c : real[3, 4]

x ~ Categorical(logits = a) via {estimator}
s = sum(x * c)
y ~ Bernoulli(logits = b * s) via {estimator}
loss first = s ^ 2
loss second = y[0] * y[1] + s * y[1] + sum(b * y)
"""
CONTINUOUS = """
input m : real[2]
input w : real
input r : real[2]

x ~ Normal(mean = m, std = exp(w)) via measure_valued
n ~ Poisson(rate = r * (1 + x ^ 2)) via measure_valued
loss cost = n[0] * x[1] + n[1]
"""
N = 4000


def gradients(text: str, **given: Tensor) -> tuple[Tensor, list[Tensor]]:
    """The loss and, for every example, an estimate of its gradient by each input."""
    leaves = {name: value.expand(N, *value.shape).clone().requires_grad_() for name, value in given.items()}
    torch.manual_seed(5)
    model: Any = model_class(
        load_source(Compilation(Source("example.scg", text), None, {}).python, "example")
    )()
    model(**leaves).loss.backward()
    evaluated = model.eval()(**leaves)
    assert all(value.shape[0] == N for value in evaluated if value is not None and value.dim() > 0)
    return evaluated.loss, [N * x.grad.double() for x in leaves.values() if x.grad is not None]


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(36)


@pytest.mark.parametrize(
    "estimator",
    [
        "disarm",
        "disarm(samples = 3)",
        "arm",
        "arm(samples = 2, reference = one)",
        "measure_valued",
        "measure_valued(samples = 2)",
        "without_replacement",
        "without_replacement(k = 3, weights = ordered)",
        "without_replacement(k = 3, baseline = none)",
        "importance",
        "importance(samples = 2, explore = 0.3, tau = 2)",
        "rao_blackwell",
        "rao_blackwell(k = 3, samples = 2)",
        "rao_blackwell(k = 1, baseline = none)",
    ],
)
def test_discrete(estimator: str) -> None:
    """A plate of categories above a plate of bits, two losses, one of them with a gradient of its own."""
    given = {
        "a": torch.tensor([[0.5, -1.0, 0.2, 1.0], [0.0, 0.3, -0.6, 0.9], [1.0, -0.5, 0.1, 0.4]]),
        "b": torch.tensor([0.7, -0.4]),
        "c": torch.tensor([[1.0, -0.5, 0.3, 0.8], [0.2, 1.0, -0.4, 0.7], [0.9, 0.0, 1.0, -0.5]]),
    }
    _, exact = gradients(DISCRETE.format(estimator="enumerate"), **given)
    _, found = gradients(DISCRETE.format(estimator=estimator), **given)
    assert len(found) == 3
    for estimate, wanted in zip(found, exact, strict=True):
        torch.testing.assert_close(wanted[0], wanted[-1])
        assert_mean(estimate, wanted[0])


def test_continuous() -> None:
    """E[cost] = r0 (m1 + (m0^2 + v) m1) + r1 (1 + m1^2 + v) with v = exp(2 w)."""
    given = {"m": torch.tensor([0.5, -0.8]), "w": torch.tensor(-0.3), "r": torch.tensor([0.6, 1.5])}
    _, found = gradients(CONTINUOUS, **given)
    leaves = [x.double().requires_grad_() for x in given.values()]
    m, w, r = leaves
    v = (2 * w).exp()
    (r[0] * m[1] * (1 + m[0] ** 2 + v) + r[1] * (1 + m[1] ** 2 + v)).backward()
    for estimate, leaf in zip(found, leaves, strict=True):
        assert leaf.grad is not None
        assert_mean(estimate, leaf.grad)
