"""`arm` is unbiased: ARM on bits, ARSM and ARS on categories."""

from typing import Literal

import pytest
import torch
import weighted
from evidence import rows

from scgc.runtime import Bernoulli, Categorical, arm


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(32)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("samples", [1, 3])
def test_bits(dtype: torch.dtype, samples: int) -> None:
    weighted.check_bits(arm, dtype, samples=samples)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("reference", ["every", "one"])
@pytest.mark.parametrize("samples", [1, 2])
def test_categories(dtype: torch.dtype, reference: Literal["every", "one"], samples: int) -> None:
    weighted.check_categories(arm, dtype, reference=reference, samples=samples)


@pytest.mark.parametrize("reference", ["every", "one"])
def test_several_nodes(reference: Literal["every", "one"]) -> None:
    weighted.check_sequence(arm, reference=reference)
    weighted.check_parallel(arm, reference=reference, samples=2)


@pytest.mark.parametrize("reference", ["every", "one"])
def test_shapes_and_modes(reference: Literal["every", "one"]) -> None:
    weighted.check_shapes(arm, samples=2, reference=reference)
    weighted.check_modes(arm, samples=2, reference=reference)


def test_how_many_draws() -> None:
    q = Categorical(logits=torch.zeros(7, 2, 5))
    assert len(arm(q, plates=1, mode="train")[0]) == 11
    assert len(arm(q, plates=1, reference="one", samples=3, mode="train")[0]) == 15
    assert len(arm(Bernoulli(logits=torch.zeros(7)), samples=3, mode="train")[0]) == 6


@pytest.mark.parametrize("reference", ["every", "one"])
def test_the_mean_is_subtracted(reference: Literal["every", "one"]) -> None:
    """What all logits have in common changes nothing, and neither does a constant cost, draw by draw."""
    logits = torch.randn(50, 3, 5, dtype=torch.float64, requires_grad=True)
    z, weights = arm(Categorical(logits=logits), plates=1, reference=reference, mode="train")
    costs = torch.randn(len(z), 50, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((weights * costs).sum(), logits, retain_graph=True)
    assert gradient.sum(-1).abs().max() < 1e-12 < gradient.abs().max()
    (gradient,) = torch.autograd.grad((weights * 5).sum(), logits)
    assert gradient.abs().max() < 1e-12


def test_two_categories_are_arm() -> None:
    """ARSM of two categories has the draw and its mirror image, and as much noise as ARM."""
    costs = torch.tensor([2.0, -1.0], dtype=torch.float64)
    logit = torch.full((20_000,), 0.4, dtype=torch.float64)
    bits = weighted.estimates(arm, lambda x: Bernoulli(logits=x), logit, lambda z: costs[1 - z.long()])[1]
    both = torch.stack([logit, torch.zeros_like(logit)], -1)
    categories = weighted.estimates(arm, lambda x: Categorical(logits=x), both, lambda z: z @ costs)[1]
    torch.testing.assert_close(categories[:, 0], -categories[:, 1])
    torch.testing.assert_close(categories[:, 0].var(), bits.var(), rtol=0.1, atol=0)


def test_merging_reduces_the_noise() -> None:
    """ARSM is less noisy than ARS, and than as many draws of the score function."""
    problem = (lambda x: Categorical(logits=x), rows(weighted.LOGITS, 10_000), weighted.cubic_cost)
    every, one = (
        weighted.noise(weighted.estimates(arm, *problem, plates=1, reference=word)[1])
        for word in ("every", "one")
    )
    assert every < 0.5 * one
    assert every < 0.9 * weighted.noise(weighted.score_gradient(*problem, 7, plates=1))


def test_extremes() -> None:
    weighted.check_extremes(arm, samples=2)
    weighted.check_extremes(arm, reference="one")
