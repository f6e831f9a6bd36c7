"""`score` is unbiased: alone, in a row, in parallel, on plates, each baseline, mixed with `enumerate`."""

import pytest
import torch
from evidence import assert_mean, rows
from graphs import A, B, joint_cost, lookup, parallel_gradients, plate_gradient, sequence_gradients
from torch import Tensor

from scgc.runtime import (
    Bernoulli,
    Categorical,
    MovingAverage,
    Normal,
    Poisson,
    enumerate_support,
    log_prob,
    marginal,
    score,
    scored,
)

N = 20_000
CASES = [("none", 1), ("none", 3), ("moving_average", 1), ("moving_average", 3), ("leave_one_out", 2)]


def baseline_of(word: str, cost: Tensor) -> Tensor | str | None:
    if word == "moving_average":
        average = MovingAverage()
        average(torch.tensor(0.8))
        return average.double()(cost)
    return None if word == "none" else word


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(20)


@pytest.mark.parametrize(("word", "samples"), CASES)
def test_one_node(word: str, samples: int) -> None:
    cost_of = torch.tensor([1.0, 5.0, -2.0], dtype=torch.float64)
    logits = rows(A, N).requires_grad_()
    q = Categorical(logits=logits)
    z = score(q, samples=samples, mode="train")
    assert z.shape == ((N, 3) if samples == 1 else (samples, N, 3))
    cost = z @ cost_of
    loss = scored(cost, log_prob(q, z), baseline=baseline_of(word, cost))
    torch.testing.assert_close(loss, cost)
    loss.mean().backward()
    p = A.softmax(-1)
    assert_mean(logits.grad * N, p * (cost_of - p @ cost_of))


@pytest.mark.parametrize(("word", "samples"), CASES)
def test_plate_of_bernoullis(word: str, samples: int) -> None:
    a = rows(A, N).requires_grad_()
    q = Bernoulli(logits=a)
    z = score(q, samples=samples, mode="train")
    cost = joint_cost(z)
    scored(cost, log_prob(q, z, plates=1), baseline=baseline_of(word, cost)).mean().backward()
    assert_mean(a.grad * N, plate_gradient()[1])


@pytest.mark.parametrize(("word", "samples"), CASES)
def test_sequence(word: str, samples: int) -> None:
    a, b = rows(A, N).requires_grad_(), rows(B, N).requires_grad_()
    q1 = Categorical(logits=a)
    z1 = score(q1, samples=samples, mode="train")
    q2 = Categorical(logits=(z1[..., None] * b).sum(-2))
    z2 = score(q2, samples=samples, mode="train")
    cost = lookup(z1, z2)
    loss = scored(cost, log_prob(q2, z2), baseline=baseline_of(word, cost), axis=1)
    scored(loss, log_prob(q1, z1), baseline=baseline_of(word, cost)).mean().backward()
    expected, grad_a, grad_b = sequence_gradients()
    assert_mean(cost.reshape(-1, N).mean(0), expected)
    assert_mean(a.grad * N, grad_a)
    assert_mean(b.grad * N, grad_b)


@pytest.mark.parametrize(("word", "samples"), CASES)
def test_parallel(word: str, samples: int) -> None:
    a, b = rows(A, N).requires_grad_(), rows(B[0], N).requires_grad_()
    q1, q2 = Categorical(logits=a), Categorical(logits=b)
    z1 = score(q1, samples=samples, mode="train")
    z2 = score(q2, samples=samples, dims=2 if samples > 1 else None, mode="train")
    if samples > 1:
        assert z2.shape == (samples, 1, N, 2)
    cost = lookup(z1, z2)
    loss = scored(cost, log_prob(q2, z2), baseline=baseline_of(word, cost), axis=1)
    scored(loss, log_prob(q1, z1), baseline=baseline_of(word, cost)).mean().backward()
    _, grad_a, grad_b = parallel_gradients()
    assert_mean(a.grad * N, grad_a)
    assert_mean(b.grad * N, grad_b)


@pytest.mark.parametrize(("word", "samples"), CASES)
def test_below_an_enumerated_node(word: str, samples: int) -> None:
    a, b = rows(A, N).requires_grad_(), rows(B, N).requires_grad_()
    q1 = Categorical(logits=a)
    z1, weight = enumerate_support(q1, mode="train")
    q2 = Categorical(logits=(z1[..., None] * b).sum(-2))
    z2 = score(q2, samples=samples, mode="train")
    cost = lookup(z1, z2)
    baseline = baseline_of(word, marginal(cost, weight))
    loss = scored(cost, log_prob(q2, z2), baseline=baseline, axis=1)
    marginal(loss, weight).mean().backward()
    _, grad_a, grad_b = sequence_gradients()
    assert_mean(a.grad * N, grad_a)
    assert_mean(b.grad * N, grad_b)


@pytest.mark.parametrize(("word", "samples"), CASES)
def test_above_an_enumerated_node(word: str, samples: int) -> None:
    a, b = rows(A, N).requires_grad_(), rows(B, N).requires_grad_()
    q1 = Categorical(logits=a)
    z1 = score(q1, samples=samples, mode="train")
    q2 = Categorical(logits=(z1[..., None] * b).sum(-2))
    z2, weight = enumerate_support(q2, mode="train")
    axis = 0 if samples == 1 else 1
    cost = marginal(lookup(z1, z2), weight, axis)
    # the axis of length 1 that the enumeration left stays in front
    scored(cost, log_prob(q1, z1), baseline=baseline_of(word, cost)).mean().backward()
    _, grad_a, grad_b = sequence_gradients()
    assert_mean(a.grad * N, grad_a)
    assert_mean(b.grad * N, grad_b)


@pytest.mark.parametrize("family", ["Normal", "Poisson"])
def test_any_distribution(family: str) -> None:
    """d/dm E[z^2] for Normal(m, s) is 2 m; d/dr E[z] for Poisson(r) is 1."""
    parameter = rows([0.6], N).requires_grad_()
    q = Normal(parameter, torch.full_like(parameter, 0.5)) if family == "Normal" else Poisson(parameter)
    z = score(q, samples=4, mode="train")
    cost = (z**2 if family == "Normal" else z)[..., 0]
    scored(cost, log_prob(q, z, plates=1), baseline="leave_one_out").mean().backward()
    assert_mean(parameter.grad * N, torch.tensor([1.2 if family == "Normal" else 1.0], dtype=torch.float64))


def variance(word: str) -> Tensor:
    logits = rows(A, N).requires_grad_()
    q = Categorical(logits=logits)
    z = score(q, samples=4, mode="train")
    cost = z @ torch.tensor([10.0, 11.0, 9.0], dtype=torch.float64)
    scored(cost, log_prob(q, z), baseline=baseline_of(word, cost)).mean().backward()
    return (logits.grad * N).var(0).sum()


def test_leave_one_out_reduces_the_variance() -> None:
    assert variance("leave_one_out") < 0.1 * variance("none")


def test_leave_one_out_needs_two_samples() -> None:
    q = Categorical(logits=torch.zeros(5, 3))
    z = score(q, samples=1, mode="train")
    with pytest.raises(ValueError, match="at least 2"):
        scored(z[:, 0], log_prob(q, z), baseline="leave_one_out")


def test_draws_carry_no_gradient() -> None:
    q = Normal(torch.zeros(3, requires_grad=True), torch.ones(3))
    assert not score(q, samples=2, mode="train").requires_grad
