"""`importance`: draws of a flatter distribution, and ratios that make up for it."""

from pathlib import Path
from typing import Literal

import pytest
import torch
import weighted
from evidence import assert_mean, rows

import scgc
from scgc.runtime import Bernoulli, Categorical, importance


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(41)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("baseline", ["none", "built_in"])
@pytest.mark.parametrize(("samples", "explore", "tau"), [(1, 0.3, 1.0), (4, 0.1, 2.0), (2, 0.0, 3.0)])
def test_gradient(
    dtype: torch.dtype, baseline: Literal["none", "built_in"], samples: int, explore: float, tau: float
) -> None:
    options = {"samples": samples, "explore": explore, "tau": torch.tensor(tau), "baseline": baseline}
    weighted.check_bits(importance, dtype, **options)
    weighted.check_categories(importance, dtype, **options)


def test_several_nodes() -> None:
    weighted.check_sequence(importance, samples=2)
    weighted.check_parallel(importance, samples=3)


def test_shapes_and_modes() -> None:
    weighted.check_shapes(importance, samples=3)
    weighted.check_modes(importance, samples=3)


def test_extremes() -> None:
    weighted.check_extremes(importance, samples=3)


def test_draws_are_those_of_the_proposal() -> None:
    logits = torch.tensor([3.0, 0.0, -2.0, 1.0])
    z, weights = importance(
        Categorical(logits=rows(logits, 200_000)), samples=1, explore=0.4, tau=2.0, mode="train"
    )
    assert weights is not None
    proposal = 0.6 * (logits / 2).softmax(-1) + 0.1
    assert_mean(z[0].double(), proposal.double())
    torch.testing.assert_close(weights, (z * (logits.softmax(-1) / proposal)).sum(-1))


def test_nothing_explored_is_the_score_function() -> None:
    """Of the distribution itself the ratios are 1."""
    _, weights = importance(
        Bernoulli(logits=torch.randn(50, 3)), samples=2, explore=0, plates=1, mode="train"
    )
    torch.testing.assert_close(weights, torch.full((2, 50), 0.5))


def test_a_rare_value_that_costs_much_has_less_noise() -> None:
    """The reason for it: of a value with probability 0.007 and a cost of 100 the score sees little."""
    logits = rows(torch.tensor([-5.0, 0.0], dtype=torch.float64), 20_000)

    def cost(z: torch.Tensor) -> torch.Tensor:
        return 100 * z[..., 0]

    _, found = weighted.estimates(importance, lambda x: Categorical(logits=x), logits, cost, explore=0.5)
    plain = weighted.score_gradient(lambda x: Categorical(logits=x), logits, cost, 1)
    assert weighted.noise(found) < 0.1 * weighted.noise(plain)


def test_a_proposal_of_ones_own(tmp_path: Path) -> None:
    """Written in the program: the weight carries the gradient."""
    path = tmp_path / "p.scg"
    path.write_text(
        "program proposal\nparam a : real[3] init normal(0, 1)\np = Categorical(logits = a)\n"
        "q = Categorical(logits = linspace(0, 1, 3))\nz ~ q via score\n"
        "w = exp(log_prob(p, z) - log_prob(q, z))\nloss cost = w * (3 * z[0] - z[2])\n"
    )
    model = scgc.load(path).train()
    found = [torch.autograd.grad(model(batch=400).loss, model.a)[0] for _ in range(200)]
    p = model.a.softmax(-1)
    (exact,) = torch.autograd.grad(3 * p[0] - p[2], model.a)
    assert_mean(torch.stack(found), exact)
