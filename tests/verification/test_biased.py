"""Estimators with a bias: none where theory says so, and less and less where it is said to vanish.

The cost of one draw z of four categories (or of the two of a bit) is a table's entry, so that the exact
gradient is that of its mean under the softmax.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from verdict import compare, compiled

GROUPS, BATCH = 20, 2000
LEVEL = 1e-7
A = torch.tensor([0.4, -0.6, 0.9, 0.1], dtype=torch.float64)
C = torch.tensor([1.0, -0.5, 1.6, 0.3], dtype=torch.float64)
D = torch.tensor([0.7, -1.2, 0.2, 1.0], dtype=torch.float64)
RELAXED = ("gumbel_softmax", "entmax", "sparsemax", "marginals")


def gradients(way: str, cost: str, nodes: str = "z ~ Categorical(logits = a) via {way}") -> Tensor:
    """[groups, 4]: of the input `a`."""
    torch.manual_seed(5)
    text = "input a : real[4]\nparam C : real[4] init zeros\nparam D : real[4] init zeros\n"
    model = compiled(text + nodes.format(way=way) + f"\nloss l = {cost}\n")
    with torch.no_grad():
        model.C.copy_(C)
        model.D.copy_(D)
    found = []
    for _ in range(GROUPS):
        a = A.expand(BATCH, 4).clone().requires_grad_()
        found.append(torch.autograd.grad(model(a=a).loss, a)[0].sum(0))
    return torch.stack(found)


def exact(table: Tensor) -> Tensor:
    leaf = A.clone().requires_grad_()
    return torch.autograd.grad(leaf.softmax(-1) @ table, leaf)[0]


def bias(way: str, cost: str, table: Tensor) -> float:
    """How far the mean is from the exact gradient, relative to that."""
    wanted = exact(table)
    return float((gradients(way, cost).mean(0) - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("name", RELAXED)
def test_less_as_the_temperature_falls(name: str) -> None:
    found = [bias(f"{name}(tau = {tau})", "sum(z * C) ^ 2", C**2) for tau in (2, 0.5, 0.1)]
    assert found[0] > 0.2
    assert found[0] > 2 * found[1] > 2 * found[2]
    assert found[2] < 0.15


@pytest.mark.parametrize("way", ["straight_through", "reinmax"])
def test_none_for_a_linear_cost(way: str) -> None:
    chance, worst = compare({"a": gradients(way, "sum(z * C)")}, {"a": exact(C)})
    assert chance > LEVEL, worst


def test_straight_through_is_exact_for_products_of_independent_nodes() -> None:
    nodes = "z ~ Categorical(logits = a) via {way}\nw ~ Bernoulli(logits = a) via {way}"
    leaf = A.clone().requires_grad_()
    expected = (leaf.softmax(-1) @ C) * (leaf.sigmoid() @ D) + (leaf.sigmoid()[0] * leaf.sigmoid()[1])
    found = gradients("straight_through", "sum(z * C) * sum(w * D) + w[0] * w[1]", nodes)
    chance, worst = compare({"a": found}, {"a": torch.autograd.grad(expected, leaf)[0]})
    assert chance > LEVEL, worst


def test_reinmax_is_exact_for_a_quadratic_cost() -> None:
    found = gradients("reinmax", "sum(z * C) ^ 2 + sum(z * D)")
    chance, worst = compare({"a": found}, {"a": exact(C**2 + D)})
    assert chance > LEVEL, worst
    chance, _ = compare(
        {"a": gradients("straight_through", "sum(z * C) ^ 2 + sum(z * D)")}, {"a": exact(C**2 + D)}
    )
    assert chance < LEVEL  # the first order is not


def test_gumbel_rao_has_the_mean_of_what_it_averages() -> None:
    one = gradients("gumbel_softmax(tau = 0.7, hard = true)", "sum(z * C) ^ 3")
    other = gradients("gumbel_rao(tau = 0.7, k = 10)", "sum(z * C) ^ 3")
    error = ((one.var(0) + other.var(0)) / GROUPS).sqrt()
    assert ((one.mean(0) - other.mean(0)).abs() < 6 * error).all()
    assert (other.var(0).sum() < one.var(0).sum()).all()


def test_imle_is_a_finite_difference() -> None:
    """With Gumbel noise of scale 1 the most likely value is a draw, and the slope of a linear cost the
    difference of two; the loss is a mean, so that the step is counted in batches."""
    found = [bias(f"imle(step = {step * BATCH})", "sum(z * C)", C) for step in (6, 1, 0.2)]
    assert found[0] > 2 * found[1] > 2 * found[2]
    assert found[2] < 0.15
