"""Dropout's masks: their rate, their independence, the gradient, and masks that are used twice."""

import pytest
import torch
from torch import Tensor

from scgc.runtime.dropout import dropout, keep_masks, same_masks

DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.93, 1.0])
def test_rate_and_scale(p: float, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    n = 400_003  # not a multiple of the four that one draw is good for
    x = torch.ones(n, dtype=dtype).requires_grad_()
    y = dropout(x, p, training=True)
    assert y.dtype == dtype
    kept = (y != 0).double().mean().item()
    assert abs(kept - (1 - p)) <= 5 * (p * (1 - p) / n) ** 0.5 + 2**-17
    if p < 1:
        torch.testing.assert_close(y[y != 0], torch.full_like(y[y != 0], 1 / (1 - p)))
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


def test_neighbours_are_independent() -> None:
    torch.manual_seed(1)
    kept = (dropout(torch.ones(400_000), 0.1, training=True) != 0).double().view(-1, 4) - 0.9
    products = kept.T @ kept / len(kept)
    assert (products - 0.09 * torch.eye(4)).abs().max() < 5 * 0.09 / len(kept) ** 0.5 * 2
    later = (kept[:-1].T @ kept[1:] / len(kept)).abs()
    assert later.max() < 5 * 0.09 / len(kept) ** 0.5


def test_same_masks() -> None:
    x = torch.ones(2, 5, 1, 7)

    def twice(x: Tensor) -> Tensor:
        return dropout(dropout(x, 0.3, training=True) + 1, 0.4, training=True)

    with keep_masks() as masks:
        first = twice(x)
    assert len(masks) == 2
    with same_masks(masks):
        assert torch.equal(twice(x), first)
    some = torch.tensor([3, 0])
    with same_masks(masks, some, 5):
        assert torch.equal(twice(x[:, some]), first[:, some])
    assert not torch.equal(twice(x), first)


def test_off() -> None:
    x = torch.randn(5)
    assert dropout(x, 0.5, training=False) is x
    assert dropout(x[::2], 0.9999999, training=True).shape == (3,)
    torch.manual_seed(0)
    noncontiguous = torch.ones(300, 400).T
    assert 0.45 < (dropout(noncontiguous, 0.5, training=True) != 0).float().mean() < 0.55


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_differentiated_twice(dtype: torch.dtype) -> None:
    """The square of what is kept has twice its square as second derivative."""
    x = torch.randn(1000, dtype=dtype, requires_grad=True)
    y = dropout(x, 0.5, training=True)
    (first,) = torch.autograd.grad((y**2).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    torch.testing.assert_close(second, 8.0 * (y != 0).to(dtype))
