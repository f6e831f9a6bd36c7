"""`gumbel_rao`: the expected gradient of straight-through Gumbel-softmax, less variance; its noise."""

from collections.abc import Callable

import pytest
import torch
from evidence import assert_mean, rows
from graphs import A
from torch import Tensor

from scgc.estimators.gumbel_rao import _bits_given, _given
from scgc.runtime import Bernoulli, Categorical, gumbel_rao, gumbel_softmax
from scgc.runtime.noise import gumbel_like, logistic_like

N = 40_000
V = torch.tensor([1.0, 3.0, -2.0], dtype=torch.float64)


def gradients(family: type, draw: Callable[..., Tensor]) -> Tensor:
    logits = rows(A, N).requires_grad_()
    z = draw(family(logits=logits), tau=0.7, mode="train")
    (((z @ V) ** 2).sum() if family is Categorical else ((z + 0.3) ** 2 @ V).sum()).backward()
    assert logits.grad is not None
    return logits.grad


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_the_mean_is_that_of_straight_through_gumbel_and_the_variance_smaller(family: type) -> None:
    torch.manual_seed(0)
    plain = gradients(family, lambda q, **o: gumbel_softmax(q, hard=True, **o))
    one, many = (gradients(family, lambda q, k=k, **o: gumbel_rao(q, k=k, **o)) for k in (1, 50))
    for other in (one, many):
        gap = (plain.mean(0) - other.mean(0)).abs()
        assert (gap < 5 * ((plain.var(0) + other.var(0)) / N).sqrt()).all()
    assert_mean(many, many.mean(0))  # the noise is small enough for the comparison to mean something
    assert (many.var(0) < 0.95 * plain.var(0)).all()
    assert many.var(0).sum() < 0.8 * plain.var(0).sum()
    torch.testing.assert_close(one.var(0), plain.var(0), rtol=0.1, atol=0)


def test_noise_given_the_category_mixes_to_the_unconditional() -> None:
    """Draw the category, then the noise: the coordinates are logits + Gumbel (Kolmogorov-Smirnov)."""
    torch.manual_seed(1)
    logits = rows(A, N)
    z = Categorical(logits=logits).sample()
    ours, plain = _given(logits, z, 1)[0], logits + gumbel_like(logits)
    assert torch.equal(ours.argmax(-1), z.argmax(-1))
    for f in (lambda x: x, lambda x: x - x.roll(1, -1)):
        pairs = torch.stack([f(ours), f(plain)]).sort(1).values
        places = torch.searchsorted(pairs[1].T.contiguous(), pairs[0].T.contiguous())
        steps = torch.arange(N)
        assert (places - steps).abs().max() < 2.2 * (2 * N) ** 0.5
    bits = Bernoulli(logits=logits).sample()
    ours, plain = _bits_given(logits, bits, 1)[0], logits + logistic_like(logits)
    assert torch.equal(ours > 0, bits > 0)
    places = torch.searchsorted(plain.T.contiguous().sort(-1).values, ours.T.contiguous().sort(-1).values)
    assert (places - torch.arange(N)).abs().max() < 2.2 * (2 * N) ** 0.5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_hard_values(family: type, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    q = family(logits=torch.randn(4, 5, 2, 3, dtype=dtype).requires_grad_())
    z = gumbel_rao(q, k=3, tau=torch.ones(5, 1, 1, dtype=dtype), mode="train")
    assert z.dtype == dtype
    assert z.shape == (4, 5, 2, 3)
    assert torch.equal(z, z.round())
    assert z.requires_grad
    assert not gumbel_rao(q, mode="sample").requires_grad
    assert torch.equal(gumbel_rao(q, mode="mode"), q.mode)
