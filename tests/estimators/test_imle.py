"""`imle`: its formula, its expectation for a linear cost, and that it vanishes to the exact gradient."""

import pytest
import torch
from evidence import assert_mean, rows
from graphs import A

from scgc.runtime import Bernoulli, Categorical, imle
from scgc.runtime.noise import gumbel_like

V = torch.tensor([1.0, 3.0, -2.0], dtype=torch.float64)


@pytest.mark.parametrize("samples", [1, 3])
def test_formula_given_the_noise(samples: int) -> None:
    torch.manual_seed(0)
    logits = torch.randn(6, 2, 3, dtype=torch.float64).requires_grad_()
    q = Categorical(logits=logits)
    torch.manual_seed(1)
    z = imle(q, step=2.0, scale=0.5, samples=samples, mode="train")
    ((z @ V) ** 2).sum().backward()
    torch.manual_seed(1)
    noisy = [logits.detach() + 0.5 * gumbel_like(logits) for _ in range(samples)]
    assert torch.equal(z.detach(), q.corner(noisy[0]))
    slope = 2 * (z.detach() @ V)[..., None] * V
    moved = [(q.corner(x) - q.corner(x - 2.0 * slope)) / 2.0 for x in noisy]
    torch.testing.assert_close(logits.grad, sum(moved) / samples)


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
@pytest.mark.parametrize("samples", [1, 4])
def test_expectation_of_a_linear_cost(family: type, samples: int) -> None:
    """(p(logits) - p(logits - step * slope)) / step, because a perturbed maximum is a draw."""
    torch.manual_seed(2)
    logits = rows(A, 20_000).requires_grad_()
    z = imle(family(logits=logits), step=0.4, samples=samples, mode="train")
    assert_mean(z.detach(), family(logits=A).probs)
    (z * V).sum().backward()
    assert_mean(logits.grad, (family(logits=A).probs - family(logits=A - 0.4 * V).probs) / 0.4)


def test_bias_of_a_linear_cost_vanishes_with_the_step() -> None:
    p = A.softmax(-1)
    exact = p * (V - p @ V)
    errors = []
    for step in (1.0, 0.1):
        torch.manual_seed(3)
        logits = rows(A, 200_000).requires_grad_()
        (imle(Categorical(logits=logits), step=step, mode="train") @ V).sum().backward()
        errors.append((logits.grad.mean(0) - exact).abs().max())
    assert errors[1] < 0.2 * errors[0]


def test_samples_reduce_the_variance() -> None:
    torch.manual_seed(4)
    variances = []
    for samples in (1, 10):
        logits = rows(A, 20_000).requires_grad_()
        (imle(Categorical(logits=logits), samples=samples, mode="train") @ V).sum().backward()
        variances.append(logits.grad.var(0).sum())
    assert 0.08 < variances[1] / variances[0] < 0.12


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_hard_values(family: type, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    q = family(logits=torch.randn(4, 5, 2, 3, dtype=dtype).requires_grad_())
    z = imle(q, step=torch.ones(5, 1, 1, dtype=dtype), mode="train")
    assert z.dtype == dtype
    assert z.shape == (4, 5, 2, 3)
    assert torch.equal(z, z.round())
    z.sum().backward()
    assert not imle(q, mode="sample").requires_grad
    assert torch.equal(imle(q, mode="mode"), q.mode)
