"""What another library gets wrong in silence (Storchastic 0.3.7), each right here, by the exact gradient.

There, the weights of the unordered set become 0 with 20 x 10 categories, so that nothing is trained; sampling
without replacement is off by a quarter, REBAR on a Bernoulli too; the gradient of DisARM vanishes.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from verdict import compare, compiled

GROUPS = 30
LEVEL = 1e-7

Cost = Callable[[Tensor], Tensor]


def random(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64)


def check(
    text: str, logits: Tensor, expected: Cost, batch: int, near: float = 0.1, **parameters: Tensor
) -> Tensor:
    """The loss and the gradient of the input `a` in so many batches, against those of the expected cost; the
    mean gradient. That has to be as near to the exact one, relative to it, so that something was tested."""
    torch.manual_seed(11)
    model = compiled(text)
    with torch.no_grad():
        for name, value in parameters.items():
            getattr(model, name).copy_(value)
    losses, gradients = [], []
    for _ in range(GROUPS):
        a = logits.expand(batch, *logits.shape).clone().requires_grad_()
        loss = model(a=a).loss
        losses.append(loss.detach())
        gradients.append(torch.autograd.grad(loss, a)[0].sum(0))
    leaf = logits.clone().requires_grad_()
    value = expected(leaf)
    (exact,) = torch.autograd.grad(value, leaf)
    found = {"loss": torch.stack(losses), "a": torch.stack(gradients)}
    chance, worst = compare(found, {"loss": value.detach(), "a": exact})
    assert chance > LEVEL, worst
    mean = found["a"].mean(0)
    assert (mean - exact).norm() < near * exact.norm()
    return mean


def squared_sum(p: Tensor, values: Tensor) -> Tensor:
    """E[(v_1 + ... + v_n)^2] of independent numbers, v_i = values[i, k] with probability p[i, k]."""
    mean, square = (p * values).sum(-1), (p * values**2).sum(-1)
    return mean.sum() ** 2 + (square - mean**2).sum()


COSTS = random(20, 10) / 20**0.5
LARGE = """
input a : real[20, 10]
param C : real[20, 10] init zeros
z ~ Categorical(logits = a) via {way}
loss l = (sum(z * C) + 1) ^ 2
"""


@pytest.mark.parametrize("way", ["without_replacement(k = 4)", "without_replacement(k = 8, baseline = none)"])
def test_unordered_set_weights_do_not_collapse(way: str) -> None:
    """20 x 10 categories: 10^20 joint values, the probabilities near exp(-40)."""
    logits = 0.5 * random(20, 10)

    def expected(a: Tensor) -> Tensor:
        p = a.softmax(-1)
        return squared_sum(p, COSTS) + 2 * (p * COSTS).sum() + 1

    check(LARGE.format(way=way), logits, expected, 200, near=0.7, C=COSTS)


@pytest.mark.parametrize("weights", ["unordered", "ordered"])
def test_sampling_without_replacement_is_not_off_by_a_quarter(weights: str) -> None:
    text = f"""
    input a : real[6]
    z ~ Categorical(logits = a) via without_replacement(k = 3, weights = {weights})
    loss l = (z[0] + 2 * z[1] - 3 * z[2] + 0.5 * z[3] - z[4] + 2) ^ 2
    """
    costs = (torch.tensor([1, 2, -3, 0.5, -1, 0], dtype=torch.float64) + 2) ** 2
    check(text, random(6), lambda a: a.softmax(-1) @ costs, 1500)


@pytest.mark.parametrize("start", ["", "(tau = 1, eta = 0.5)"])
def test_rebar_on_a_bernoulli(start: str) -> None:
    """The toy problem of the paper, (b - 0.45)^2, for three bits together."""
    text = f"""
    input a : real[3]
    z ~ Bernoulli(logits = a) via rebar{start}
    loss l = (sum(z) - 0.45) ^ 2
    """

    def expected(a: Tensor) -> Tensor:
        p = a.sigmoid()
        return (p.sum() - 0.45) ** 2 + (p * (1 - p)).sum()

    check(text, random(3), expected, 2000)


@pytest.mark.parametrize("family", ["Bernoulli", "Categorical"])
def test_disarm_does_not_vanish(family: str) -> None:
    bits = family == "Bernoulli"
    logits = random(10) if bits else random(10, 4)
    values = (torch.tensor([0.0, 1.0]) if bits else torch.arange(4.0)).expand(10, -1)
    total = "sum(z)" if bits else "sum(z[:, 1] + 2 * z[:, 2] + 3 * z[:, 3])"
    text = f"""
    input a : real[{"10" if bits else "10, 4"}]
    z ~ {family}(logits = a) via disarm
    loss l = (0.2 * {total}) ^ 2
    """

    def expected(a: Tensor) -> Tensor:
        p = torch.stack([1 - a.sigmoid(), a.sigmoid()], -1) if bits else a.softmax(-1)
        return 0.04 * squared_sum(p, values)

    mean = check(text, logits, expected, 2000)
    assert (mean != 0).all()
