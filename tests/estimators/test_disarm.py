"""`disarm`: unbiased on bits and on categories, and less noisy than what it improves on."""

import pytest
import torch
import weighted
from evidence import rows
from graphs import A
from torch import Tensor

from scgc.runtime import Bernoulli, Categorical, arm, disarm


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(31)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("samples", [1, 3])
def test_gradient(dtype: torch.dtype, samples: int) -> None:
    weighted.check_bits(disarm, dtype, samples=samples)
    weighted.check_categories(disarm, dtype, samples=samples)


def test_several_nodes() -> None:
    weighted.check_sequence(disarm)
    weighted.check_parallel(disarm, samples=2)


def test_shapes_and_modes() -> None:
    weighted.check_shapes(disarm, samples=2)
    weighted.check_modes(disarm, samples=2)


def test_two_categories_are_one_bit() -> None:
    """The same noise gives the same gradient of the difference of the logits."""
    logits, costs = torch.randn(50, dtype=torch.float64), torch.tensor([2.0, -1.0], dtype=torch.float64)
    one = logits.clone().requires_grad_()
    torch.manual_seed(0)
    z, weights = disarm(Bernoulli(logits=one), mode="train")
    (weights * costs[z.long()]).sum().backward()
    two = torch.stack([logits, torch.zeros_like(logits)], -1).requires_grad_()
    torch.manual_seed(0)
    z, weights = disarm(Categorical(logits=two), mode="train")
    (weights * (z @ costs.flip(0))).sum().backward()
    torch.testing.assert_close(two.grad, torch.stack([one.grad, -one.grad], -1))


def test_pairs_are_mirrored() -> None:
    """With even odds the draws of a pair differ in every element; both have the right law."""
    z, _ = disarm(Bernoulli(logits=torch.zeros(1000, 3)), samples=2, plates=1, mode="train")
    assert torch.equal(z[:2], 1 - z[2:])
    assert (z.mean((0, 1)) - 0.5).abs().max() == 0


def test_a_gradient_where_draws_agree_is_zero() -> None:
    """Nothing is told by equal draws: no gradient, however large the cost (the noise of `score`)."""
    logits = torch.full((100, 3), 20.0, requires_grad=True)
    z, weights = disarm(Bernoulli(logits=logits), plates=1, mode="train")
    assert torch.equal(z, torch.ones_like(z))
    (weights * 1e6).sum().backward()
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def toy_cost(z: Tensor) -> Tensor:
    """Three bits, each of which is a little better 0 than 1 (Tucker et al. 2017)."""
    return ((z - 0.45) ** 2).sum(-1)


def test_less_noise() -> None:
    """Than ARM, of which it is a conditional expectation, and than two draws of the score function."""
    problem = (lambda x: Bernoulli(logits=x), rows(A, 20_000), toy_cost)
    merged, disarmed = (weighted.noise(weighted.estimates(d, *problem, plates=1)[1]) for d in (arm, disarm))
    assert disarmed < 0.95 * merged
    assert merged < 0.2 * weighted.noise(weighted.score_gradient(*problem, 2, plates=1))


def test_bits_that_no_draw_reaches_carry_nothing() -> None:
    """Of four categories the last two are behind a bit of their own, which only makes noise."""
    logits = torch.tensor([30.0, 31.0, 0.0, 1.0], dtype=torch.float64).expand(500, 4).clone().requires_grad_()
    z, weights = disarm(Categorical(logits=logits), mode="train")
    assert z[..., 2:].sum() == 0
    (weights * (z @ torch.arange(4.0, dtype=torch.float64))).sum().backward()
    assert logits.grad[:, 2:].abs().max() < 1e-9 < logits.grad[:, :2].abs().max()


def test_rare_categories_and_masked_ones() -> None:
    """Logits far apart, and those of padding, give finite gradients, none for what cannot be drawn."""
    logits = torch.tensor([[0.0, -1e9, 3.0, -1e9, -80.0]]).expand(200, 5).clone().requires_grad_()
    z, weights = disarm(Categorical(logits=logits), mode="train")
    (weights * (z @ torch.arange(5.0))).sum().backward()
    assert z[..., [1, 3]].sum() == 0
    assert logits.grad.isfinite().all() and logits.grad.any()
    assert torch.equal(logits.grad[:, [1, 3]], torch.zeros(200, 2))


def test_extremes() -> None:
    weighted.check_extremes(disarm, samples=2)
