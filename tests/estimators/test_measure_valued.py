"""`measure_valued` is unbiased for each of its families; plates have one element moved at a time."""

import math

import pytest
import torch
import weighted
from evidence import assert_mean, rows
from torch import Tensor

from scgc.runtime import Bernoulli, Categorical, Normal, Poisson, measure_valued

N = 40_000
MEAN, STD = torch.tensor([0.5, -0.2], dtype=torch.float64), torch.tensor([0.6, 1.2], dtype=torch.float64)
RATE = torch.tensor([0.5, 3.0], dtype=torch.float64)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(33)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("samples", [1, 2])
def test_discrete(dtype: torch.dtype, samples: int) -> None:
    weighted.check_bits(measure_valued, dtype, samples=samples)
    weighted.check_categories(measure_valued, dtype, samples=samples)


def test_several_nodes() -> None:
    weighted.check_sequence(measure_valued)
    weighted.check_parallel(measure_valued, samples=2)


def test_shapes_and_modes() -> None:
    weighted.check_shapes(measure_valued, samples=2)
    weighted.check_modes(measure_valued, samples=2)


def test_one_categorical_is_exact() -> None:
    """Without other elements the gradient has no noise: every category is visited."""
    logits, costs = (
        torch.randn(50, 6, dtype=torch.float64).requires_grad_(),
        torch.randn(6, dtype=torch.float64),
    )
    z, weights = measure_valued(Categorical(logits=logits), mode="train")
    assert z.shape == (6, 50, 6)
    (found,) = torch.autograd.grad((weights * (z @ costs)).sum(), logits)
    (exact,) = torch.autograd.grad((logits.softmax(-1) @ costs).sum(), logits)
    torch.testing.assert_close(found, exact)


def polynomial(z: Tensor) -> Tensor:
    """A cost of two numbers, [..., 2]."""
    return (z[..., 0] ** 2 + 1) * (z[..., 1] ** 2 + z[..., 1]) + z[..., 0] ** 3


def expected(mean: Tensor, std: Tensor) -> Tensor:
    """That of two Normals, from their moments."""
    square = mean**2 + std**2
    return (square[0] + 1) * (square[1] + mean[1]) + mean[0] ** 3 + 3 * mean[0] * std[0] ** 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("samples", [1, 2])
def test_normal(dtype: torch.dtype, samples: int) -> None:
    mean, std = (rows(x, N).to(dtype).requires_grad_() for x in (MEAN, STD))
    z, weights = measure_valued(Normal(mean, std), plates=1, samples=samples, mode="train")
    assert z.shape == (7 * samples, N, 2)
    assert not z.requires_grad
    total = (weights * polynomial(z)).sum(0)
    total.sum().backward()
    leaves = MEAN.clone().requires_grad_(), STD.clone().requires_grad_()
    exact = expected(*leaves)
    exact.backward()
    assert_mean(total.detach().double(), exact.detach())
    for found, leaf in zip((mean, std), leaves, strict=True):
        assert found.grad is not None and leaf.grad is not None
        assert_mean(found.grad.double(), leaf.grad)


def test_a_width_that_is_fixed_costs_nothing() -> None:
    mean = rows(MEAN, N).requires_grad_()
    z, weights = measure_valued(Normal(mean, 0.7), plates=1, mode="train")
    assert z.shape == (5, N, 2)
    (weights * z.prod(-1)).sum().backward()
    assert mean.grad is not None
    assert_mean(mean.grad, MEAN.flip(0))


def test_log_variance() -> None:
    logvar = torch.full((N,), -0.5, dtype=torch.float64, requires_grad=True)
    z, weights = measure_valued(Normal(torch.zeros(N, dtype=torch.float64), logvar=logvar), mode="train")
    (weights * z**2).sum().backward()
    assert logvar.grad is not None
    assert_mean(logvar.grad, torch.tensor(math.exp(-0.5), dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("samples", [1, 2])
def test_poisson(dtype: torch.dtype, samples: int) -> None:
    """E[x^2 y] = (r + r^2) s."""
    rate = rows(RATE, N).to(dtype).requires_grad_()
    z, weights = measure_valued(Poisson(rate), plates=1, samples=samples, mode="train")
    assert z.shape == (3 * samples, N, 2)
    total = (weights * z[..., 0] ** 2 * z[..., 1]).sum(0)
    total.sum().backward()
    assert rate.grad is not None
    assert_mean(total.detach().double(), torch.tensor(2.25, dtype=torch.float64))
    assert_mean(rate.grad.double(), torch.tensor([6.0, 0.75], dtype=torch.float64))


def test_continuous_shapes_and_modes() -> None:
    for q in (Normal(torch.zeros(5, 2, 3, requires_grad=True), 1.0), Poisson(torch.ones(5, 2, 3))):
        z, weights = measure_valued(q, plates=2, dims=5, samples=2, mode="train")
        assert weights is not None
        assert z.shape == (len(z), 1, 1, 5, 2, 3)
        assert weights.shape == (len(z), 1, 1, 5)
        z, weights = measure_valued(q, plates=2, dims=5, samples=2, mode="sample")
        assert z.shape == (5, 2, 3) and weights is None and not z.requires_grad
        assert torch.equal(measure_valued(q, mode="mode")[0], q.mode)


def test_coupling_reduces_the_noise() -> None:
    """Against the score function with as many evaluations: 2 more for the mean, 1 more for the rate."""

    def cost(z: Tensor) -> Tensor:
        return (z - 0.45) ** 2

    mean = torch.full((N,), 1.0, dtype=torch.float64)
    for family, samples in ((lambda x: Normal(x, 1.0), 3), (Poisson, 2), (lambda x: Bernoulli(logits=x), 2)):
        found = weighted.estimates(measure_valued, family, mean, cost)[1]
        plain = weighted.score_gradient(family, mean, cost, samples)
        assert found.var() < 0.5 * plain.var()


def test_extremes() -> None:
    weighted.check_extremes(measure_valued, samples=2)
