"""`pathwise`: the mean gradient of z + z^2 is that of mean + variance + mean^2, known in closed form."""

from collections.abc import Callable

import pytest
import torch
from evidence import assert_mean, rows
from torch import Tensor, distributions
from torch.distributions import Distribution

import scgc.runtime as runtime
from scgc.runtime import Normal, pathwise

N = 40_000
REFERENCES: dict[str, tuple[tuple[list[float], ...], Callable[..., Distribution]]] = {
    "Normal": (([0.4], [0.7]), distributions.Normal),
    "Uniform": (([-0.5], [1.5]), distributions.Uniform),
    "Gumbel": (([0.3], [0.6]), distributions.Gumbel),
    "Laplace": (([0.3], [0.6]), distributions.Laplace),
    "Exponential": (([1.7],), distributions.Exponential),
    "LogNormal": (([0.2], [0.3]), distributions.LogNormal),
    "Beta": (([2.0], [1.3]), distributions.Beta),
    "Gamma": (([1.8], [1.2]), distributions.Gamma),
    "Dirichlet": (([0.8, 1.5, 2.2],), distributions.Dirichlet),
}
WEIGHTS = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)


def weighted(x: Tensor) -> Tensor:
    return (x * WEIGHTS[: x.shape[-1]]).sum(-1)


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_gradient_is_unbiased(name: str) -> None:
    torch.manual_seed(11)
    start, reference = REFERENCES[name]
    params = [rows(p, N).requires_grad_() for p in start]
    z = pathwise(getattr(runtime, name)(*params), mode="train")
    estimates = torch.autograd.grad(weighted(z + z**2).sum(), params)

    exact_params = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in start]
    q = reference(*exact_params)
    exact = torch.autograd.grad(weighted(q.mean + q.variance + q.mean**2), exact_params)
    for estimate, value in zip(estimates, exact, strict=True):
        assert_mean(estimate, value)


def test_normal_by_log_variance() -> None:
    torch.manual_seed(12)
    mean, logvar = rows([0.4], N).requires_grad_(), rows([-0.8], N).requires_grad_()
    z = pathwise(Normal(mean, logvar=logvar), mode="train")
    (z**2).sum().backward()
    assert_mean(mean.grad, torch.tensor([0.8], dtype=torch.float64))
    assert_mean(logvar.grad, torch.tensor([-0.8], dtype=torch.float64).exp())


def test_discrete_families_have_no_path() -> None:
    with pytest.raises(NotImplementedError):
        pathwise(runtime.Poisson(torch.ones(3)), mode="train")
