"""`gumbel_softmax`: its formula, the limits of TempMatch (thesis 5.2.2), and its bias."""

import pytest
import torch
from evidence import assert_mean, rows
from graphs import A
from torch import Tensor

from scgc.runtime import Bernoulli, Categorical, gumbel_softmax
from scgc.runtime.noise import gumbel_like, logistic_like

LOGITS = torch.tensor([[2.0, 0.5, 1.0], [-1.0, 0.0, 3.0]])


@pytest.mark.parametrize("tau", [0.5, torch.tensor(8.0)])
@pytest.mark.parametrize("scale", [0.0, 1.0, torch.tensor(2.5)])
def test_formula_given_the_noise(tau: Tensor | float, scale: Tensor | float) -> None:
    torch.manual_seed(0)
    z = gumbel_softmax(Categorical(logits=LOGITS), tau=tau, scale=scale, mode="train")
    torch.manual_seed(0)
    torch.testing.assert_close(z, ((LOGITS + scale * gumbel_like(LOGITS)) / tau).softmax(-1))
    torch.manual_seed(0)
    z = gumbel_softmax(Bernoulli(logits=LOGITS), tau=tau, scale=scale, mode="train")
    torch.manual_seed(0)
    torch.testing.assert_close(z, ((LOGITS + scale * logistic_like(LOGITS)) / tau).sigmoid())


def test_scale_zero_is_the_plain_softmax() -> None:
    z = gumbel_softmax(Categorical(logits=LOGITS), tau=2.0, scale=torch.tensor(0.0), mode="train")
    torch.testing.assert_close(z, (LOGITS / 2).softmax(-1))
    z = gumbel_softmax(Bernoulli(logits=LOGITS), tau=2.0, scale=torch.tensor(0.0), mode="train")
    torch.testing.assert_close(z, (LOGITS / 2).sigmoid())


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_largest_entries_follow_the_scaled_softmax(scale: float) -> None:
    """Equation 5.15: the largest entry is category i with probability softmax(logits / scale)_i."""
    torch.manual_seed(1)
    logits = rows(A, 40_000)
    z = gumbel_softmax(Categorical(logits=logits), scale=scale, hard=True, mode="train")
    assert_mean(z, (A / scale).softmax(-1))
    z = gumbel_softmax(Bernoulli(logits=logits), scale=scale, hard=True, mode="train")
    assert_mean(z, (A / scale).sigmoid())


def test_large_scale_draws_uniform_corners() -> None:
    torch.manual_seed(2)
    z = gumbel_softmax(Categorical(logits=rows(A, 40_000)), scale=1e6, mode="train")
    assert (z.amax(-1) > 0.999).double().mean() > 0.999
    assert_mean(z, torch.full((3,), 1 / 3, dtype=torch.float64))
    z = gumbel_softmax(Bernoulli(logits=rows(A, 40_000)), scale=1e6, mode="train")
    assert_mean(z, torch.full((3,), 1 / 2, dtype=torch.float64))


def test_bernoulli_is_a_categorical_of_two() -> None:
    """The same law as the first entry of the categorical with logits (l, 0): by 50 points of the cdf."""
    torch.manual_seed(3)
    n = 40_000
    logits = torch.full((n,), 0.7, dtype=torch.float64)
    one = gumbel_softmax(Bernoulli(logits=logits), tau=0.8, scale=1.7, mode="train")
    two = Categorical(logits=torch.stack([logits, torch.zeros_like(logits)], -1))
    both = gumbel_softmax(two, tau=0.8, scale=1.7, mode="train")[:, 0]
    points = torch.linspace(0.01, 0.99, 50, dtype=torch.float64)
    gap = (one[:, None] < points).double().mean(0) - (both[:, None] < points).double().mean(0)
    assert gap.abs().max() < 5 * (2 * 0.25 / n) ** 0.5


def bias(tau: float) -> tuple[float, float]:
    """The largest error of the mean gradient of a cost that is not linear in z, and its standard error."""
    torch.manual_seed(4)
    n, cost_of = 200_000, torch.tensor([1.0, 3.0, -2.0], dtype=torch.float64)
    logits = rows(A, n).requires_grad_()
    z = gumbel_softmax(Categorical(logits=logits), tau=tau, mode="train")
    ((z @ cost_of) ** 2).sum().backward()
    p = A.softmax(-1)
    exact = p * (cost_of**2 - p @ cost_of**2)
    error = logits.grad.std(0) / n**0.5
    return float((logits.grad.mean(0) - exact).abs().max()), float(error.max())


def test_bias_shrinks_with_the_temperature() -> None:
    warm, cool, cold = bias(2.0), bias(0.7), bias(0.1)
    assert warm[0] - 5 * warm[1] > cool[0] + 5 * cool[1]
    assert cool[0] - 5 * cool[1] > cold[0] + 5 * cold[1]
    assert cold[0] + 5 * cold[1] < 0.25 * warm[0]  # about linear in tau


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_hard_has_the_relaxed_gradient(family: type[Categorical] | type[Bernoulli]) -> None:
    weights = torch.randn(2, 3)
    gradients = []
    for hard in (False, True):
        logits = LOGITS.clone().requires_grad_()
        torch.manual_seed(5)
        z = gumbel_softmax(family(logits=logits), tau=0.9, hard=hard, mode="train")
        assert torch.equal(z, z.round()) is hard
        (z * weights).sum().backward()
        gradients.append(logits.grad)
    torch.testing.assert_close(*gradients)
