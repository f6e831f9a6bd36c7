"""The second derivative of the assembled loss is that of the expected cost, however estimators are mixed."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from derivatives import along
from torch import Tensor

SEQUENCE = """
param A : real[2] init normal(0, 1)
param B : real[2, 2] init normal(0, 1)
param W : real[2, 2] init normal(0, 1)
input unused : real[1]

net pick(row : real[2]) -> real[2] {{
  y ~ Categorical(logits = row) via {second}
  return y
}}
x ~ Categorical(logits = A) via {first}
y = pick(x @ B)
loss upper = sum(x @ W) ^ 2
loss lower = sum(x * (W @ y)) + sum(x @ B) * sum(W)
"""
PARALLEL = """
param A : real[2] init normal(0, 1)
param B : real[2, 2] init normal(0, 1)
param W : real[2, 2] init normal(0, 1)
input unused : real[1]

x ~ Categorical(logits = A) via {first}
y ~ Bernoulli(logits = B[0]) via {second}
loss both = sum(x * (W @ y)) ^ 2
loss one = sum(y * W[1])
"""
WAYS = (
    "enumerate",
    "score",
    "score(samples = 4, baseline = leave_one_out)",
    "score(samples = 2, baseline = moving_average)",
    "score(baseline = self_critical)",
)
BATCH = 40_000


def bernoulli(logits: Tensor, bits: Tensor) -> Tensor:
    on = logits.sigmoid()
    return (bits * on + (1 - bits) * (1 - on)).prod()


def sequence(A: Tensor, B: Tensor, W: Tensor) -> Tensor:
    total = torch.zeros((), dtype=A.dtype)
    for i, j in product(range(2), repeat=2):
        x, y = torch.eye(2, dtype=A.dtype)[i], torch.eye(2, dtype=A.dtype)[j]
        costs = (x @ W).sum() ** 2 + (x * (W @ y)).sum() + (x @ B).sum() * W.sum()
        total = total + A.softmax(0)[i] * (x @ B).softmax(0)[j] * costs
    return total


def parallel(A: Tensor, B: Tensor, W: Tensor) -> Tensor:
    total = torch.zeros((), dtype=A.dtype)
    for i, bits in product(range(2), product((0.0, 1.0), repeat=2)):
        x, y = torch.eye(2, dtype=A.dtype)[i], torch.tensor(bits, dtype=A.dtype)
        costs = (x * (W @ y)).sum() ** 2 + (y * W[1]).sum()
        total = total + A.softmax(0)[i] * bernoulli(B[0], y) * costs
    return total


@pytest.mark.parametrize("text", [SEQUENCE, PARALLEL], ids=["sequence", "parallel"])
@pytest.mark.parametrize(("first", "second"), list(product(WAYS, repeat=2)))
def test_every_mixture(examples: Any, text: str, first: str, second: str) -> None:
    model = examples.model(examples.compilation(text.format(first=first, second=second))).double()
    torch.manual_seed(1)
    params = [p for _, p in sorted(model.named_parameters())]
    directions = [torch.randn_like(p) for p in params]
    exactly = sequence if text == SEQUENCE else parallel
    copies = [p.detach().clone().requires_grad_() for p in params]
    wanted = along(exactly(*copies), copies, directions)
    model(unused=torch.zeros(100, 1))  # something for moving averages
    rounds = 1 if (first, second) == ("enumerate", "enumerate") else 10
    found = torch.stack(
        [along(model(unused=torch.zeros(BATCH // 10, 1)).loss, params, directions) for _ in range(rounds)]
    )
    if rounds == 1:
        torch.testing.assert_close(found[0], wanted)
        return
    error = found.std(0) / rounds**0.5
    # of ten means each: Student's t with nine degrees of freedom
    assert ((found.mean(0) - wanted).abs() <= 7 * error + 1e-9).all(), (found.mean(0) - wanted) / error
    assert (error < 0.15 * wanted.abs().max()).all()
