"""The second derivative where values come with weights is that of the expected cost, on plates too."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from derivatives import along
from torch import Tensor
from torch.nn.functional import softplus

PLATE = """
param A : real[2, 3] init normal(0, 1)
param W : real[3, 3] init normal(0, 1)
input unused : real[1]

net pick(row : real[3]) -> real[3] {{
  y ~ Categorical(logits = row) via {second}
  return y
}}
x ~ {family}(logits = A) via {first}
y = pick(sum(x, axis = 0) @ W)
loss upper = sum(x[0] * (W @ x[1])) ^ 2 + sum(x * A)
loss lower = sum(x[1] * (W @ y))
"""
WIDTH = """
param A : real[2] init normal(0, 1)
param W : real[2] init normal(0, 1)
input unused : real[1]

x ~ Normal(mean = A, std = exp(W / 2)) via {first}
loss cost = sum(x * W) ^ 2 + sum(A * x)
"""
COUNTS = """
param A : real[2] init normal(0, 1)
param W : real[2] init normal(0, 1)
input unused : real[1]

x ~ Poisson(rate = exp(A)) via {first}
loss cost = sum(x * W) ^ 2 + sum(A * x)
"""
WAYS = (
    "disarm",
    "disarm(samples = 2)",
    "arm",
    "arm(samples = 2, reference = one)",
    "measure_valued",
    "measure_valued(samples = 2)",
    "importance(samples = 3)",
    "importance(explore = 0.3, tau = 2, baseline = none)",
    "without_replacement(k = 3)",
    "without_replacement(k = 2, baseline = none)",
    "without_replacement(weights = ordered)",
    "rao_blackwell(k = 2)",
    "rao_blackwell(k = 2, samples = 3)",
    "rao_blackwell(baseline = none)",
    "rebar",
    "relax(hidden = 5)",
)
ROUNDS, BATCH = 10, 4000


def rows(family: str, dtype: torch.dtype) -> Tensor:
    """All values of a row of three numbers."""
    if family == "Categorical":
        return torch.eye(3, dtype=dtype)
    return torch.tensor(list(product((0.0, 1.0), repeat=3)), dtype=dtype)


def log_prob(family: str, logits: Tensor, x: Tensor) -> Tensor:
    if family == "Categorical":
        return (logits.log_softmax(-1) * x).sum()
    return -softplus(torch.where(x > 0, -logits, logits)).sum()


def plate(family: str, A: Tensor, W: Tensor) -> Tensor:
    """The expected cost by every value of the two rows and of y."""
    total = torch.zeros((), dtype=A.dtype)
    for pair in product(rows(family, A.dtype), repeat=2):
        x = torch.stack(pair)
        y = (x.sum(0) @ W).softmax(-1)
        cost = (x[0] * (W @ x[1])).sum() ** 2 + (x * A).sum() + (x[1] * (W @ y)).sum()
        total = total + log_prob(family, A, x).exp() * cost
    return total


def width(A: Tensor, W: Tensor) -> Tensor:
    """In closed form."""
    return (A * W).sum() ** 2 + (W**2 * W.exp()).sum() + (A * A).sum()


def counts(A: Tensor, W: Tensor) -> Tensor:
    """In closed form."""
    rate = A.exp()
    return (rate * W).sum() ** 2 + (rate * W**2).sum() + (A * rate).sum()


def compare(model: Any, exactly: Any) -> None:
    """Derivatives by the program's own parameters; those of an estimator belong to a module."""
    torch.manual_seed(1)
    named = {n: p for n, p in model.double().named_parameters() if "." not in n}
    for value in named.values():
        torch.nn.init.normal_(value, std=0.7)
    params = list(named.values())
    directions = [torch.randn_like(p) for p in params]
    copies = {n: p.detach().clone().requires_grad_() for n, p in named.items()}
    wanted = along(exactly(**copies), list(copies.values()), directions)
    unused = torch.zeros(BATCH, 1, dtype=torch.float64)
    found = torch.stack([along(model(unused=unused).loss, params, directions) for _ in range(ROUNDS)])
    error = found.std(0) / ROUNDS**0.5
    # of ten means each: Student's t with nine degrees of freedom
    assert ((found.mean(0) - wanted).abs() <= 7 * error + 1e-9).all(), (found.mean(0) - wanted) / error
    assert (error < 0.15 * wanted.abs().max()).all(), error / wanted.abs().max()


@pytest.mark.parametrize("family", ["Categorical", "Bernoulli"])
@pytest.mark.parametrize("way", WAYS)
def test_plates_and_sequences(examples: Any, way: str, family: str) -> None:
    text = PLATE.format(family=family, first=way, second=way if family == "Categorical" else "score")
    compare(examples.model(examples.compilation(text)), lambda A, W: plate(family, A, W))


NORMAL = (
    "lax(hidden = 5)",
    "pathwise",
    "score(samples = 2, baseline = leave_one_out)",
    "measure_valued",
    "measure_valued(samples = 3)",
)


@pytest.mark.parametrize("way", NORMAL)
def test_of_a_normal(examples: Any, way: str) -> None:
    compare(examples.model(examples.compilation(WIDTH.format(first=way))), width)


@pytest.mark.parametrize("way", ["measure_valued", "score(samples = 2, baseline = leave_one_out)"])
def test_of_counts(examples: Any, way: str) -> None:
    compare(examples.model(examples.compilation(COUNTS.format(first=way))), counts)
