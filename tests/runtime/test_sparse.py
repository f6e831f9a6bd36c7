"""entmax: exact where it is known, the maximiser that defines it, and its derivatives."""

import pytest
import torch

from scgc.runtime.sparse import entmax, entmax_of_bits

D = torch.float64
ALPHAS = [1.2, 1.5, 2.0, 2.5]


def test_sparsemax_is_the_nearest_point_of_the_simplex() -> None:
    torch.manual_seed(0)
    x = 2 * torch.randn(50, 4, dtype=D)
    p = entmax(x, 2.0)
    torch.testing.assert_close(p.sum(-1), torch.ones(50, dtype=D))
    others = torch.distributions.Dirichlet(torch.full((4,), 0.3, dtype=D)).sample((2000,))
    assert ((p - x).norm(dim=-1) <= (others[:, None] - x).norm(dim=-1).amin(0) + 1e-12).all()
    torch.testing.assert_close(entmax(torch.tensor([1.0, 0.6, -3.0]), 2.0), torch.tensor([0.7, 0.3, 0.0]))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_maximises_its_objective(alpha: float) -> None:
    """<p, x> + (1 - sum of p ^ alpha) / (alpha (alpha - 1)), by which Peters et al. 2019 define it."""
    torch.manual_seed(1)

    def objective(p: torch.Tensor) -> torch.Tensor:
        return (p * x).sum(-1) + (1 - (p**alpha).sum(-1)) / (alpha * (alpha - 1))

    x = 2 * torch.randn(50, 4, dtype=D)
    p = entmax(x, alpha)
    others = torch.distributions.Dirichlet(torch.full((4,), 0.3, dtype=D)).sample((2000,))
    near = 0.999 * p + 0.001 * others[:, None]
    best = torch.maximum(objective(others[:, None]).amax(0), objective(near).amax(0))
    assert (objective(p) >= best - 1e-12).all()
    if alpha >= 1.5:
        assert (p == 0).any()


@pytest.mark.parametrize("alpha", [1.5, 2.0])
def test_sorting_agrees_with_bisection(alpha: float) -> None:
    torch.manual_seed(2)
    x = 3 * torch.randn(100, 7, dtype=D)
    torch.testing.assert_close(entmax(x, alpha), entmax(x, torch.tensor(alpha, dtype=D)))


def test_limit_is_softmax() -> None:
    x = torch.randn(5, 3, dtype=D)
    torch.testing.assert_close(entmax(x, 1.0001), x.softmax(-1), atol=1e-3, rtol=0)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_derivatives(alpha: float) -> None:
    torch.manual_seed(3)
    x = torch.randn(6, 4, dtype=D, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: entmax(x, alpha), x)
    assert torch.autograd.gradgradcheck(lambda x: entmax(x, alpha), x)
    assert torch.autograd.gradcheck(lambda x: entmax_of_bits(x, alpha), x)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_extremes(alpha: float, dtype: torch.dtype) -> None:
    x = torch.tensor(
        [[1e4, -1e4, 0.0], [-3e4, -3e4, -3e4], [1e4, 1e4, -1e4]], dtype=dtype, requires_grad=True
    )
    p = entmax(x, alpha)
    assert p.dtype == dtype
    torch.testing.assert_close(p.sum(-1).float(), torch.ones(3), atol=1e-2, rtol=0)
    p[:, 0].sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()


def test_bits_are_a_categorical_of_two() -> None:
    x = torch.linspace(-2, 2, 9, dtype=D)
    torch.testing.assert_close(entmax_of_bits(x, 2.0), ((x + 1) / 2).clamp(0, 1))
    alpha = torch.linspace(1.1, 3, 9, dtype=D)
    for i in range(9):
        one = entmax(torch.stack([x[i], torch.zeros((), dtype=D)]), float(alpha[i]))[0]
        torch.testing.assert_close(entmax_of_bits(x, alpha)[i], one)
