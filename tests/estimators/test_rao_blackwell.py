"""`rao_blackwell`: the most probable values, draws of the rest, and gradients without bias."""

from itertools import product
from typing import Literal

import pytest
import torch
import weighted
from evidence import rows

from scgc.estimators.rao_blackwell import most_probable
from scgc.runtime import Categorical, rao_blackwell


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(35)


@pytest.mark.parametrize(
    ("n", "categories", "k"), [(1, 4, 3), (3, 4, 5), (5, 3, 7), (2, 2, 4), (2, 2, 9), (7, 2, 10), (6, 3, 1)]
)
def test_most_probable(n: int, categories: int, k: int) -> None:
    table = torch.randn(50, n, categories, dtype=torch.float64).log_softmax(-1)
    every = torch.tensor(list(product(range(categories), repeat=n)))
    joint = sum(table[:, i, every[:, i]] for i in range(n))
    best = joint.topk(min(k, categories**n)).indices
    assert torch.equal(most_probable(table, k), every[best])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("baseline", ["none", "built_in"])
@pytest.mark.parametrize("samples", [1, 3])
def test_gradient(dtype: torch.dtype, baseline: Literal["none", "built_in"], samples: int) -> None:
    weighted.check_bits(rao_blackwell, dtype, k=2, samples=samples, baseline=baseline)
    weighted.check_categories(rao_blackwell, dtype, k=3, samples=samples, baseline=baseline)


@pytest.mark.parametrize("k", [1, 16, 40])
def test_few_and_many(k: int) -> None:
    weighted.check_categories(rao_blackwell, k=k)


def test_several_nodes() -> None:
    weighted.check_sequence(rao_blackwell, k=1)
    weighted.check_parallel(rao_blackwell, k=1, samples=2)


def test_shapes_and_modes() -> None:
    weighted.check_shapes(rao_blackwell, k=5, samples=2)
    weighted.check_modes(rao_blackwell, k=5, samples=2)


def test_draws_are_of_the_rest() -> None:
    """None of the summed values, each of the others in proportion to its probability."""
    n, logits = 4000, torch.tensor([[1.5, 0.0, -0.5], [2.0, 0.3, 0.0]])
    z, weights = rao_blackwell(
        Categorical(logits=logits.expand(n, 2, 3)), plates=1, k=4, samples=5, mode="train"
    )
    codes = (z.argmax(-1) * torch.tensor([3, 1])).sum(-1)
    p = (logits.softmax(-1)[0][:, None] * logits.softmax(-1)[1]).flatten()
    summed = codes[:4, 0]
    assert (codes[:4] == summed[:, None]).all()
    assert set(summed.tolist()) == set(p.topk(4).indices.tolist())
    torch.testing.assert_close(weights[:4, 0], p[summed])
    torch.testing.assert_close(weights[4:], torch.full((5, n), float(1 - p[summed].sum()) / 5))
    rest = p.clone()
    rest[summed] = 0
    rest = rest / rest.sum()
    share = torch.bincount(codes[4:].flatten(), minlength=9) / (5 * n)
    assert (share[summed] == 0).all()
    assert ((share - rest).abs() <= 5 * (rest / (5 * n)).sqrt()).all()


@pytest.mark.parametrize("k", [64, 100])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_small_support_is_enumerated(k: int, dtype: torch.dtype) -> None:
    found = weighted.estimates(
        rao_blackwell,
        lambda x: Categorical(logits=x),
        rows(weighted.LOGITS, 3).to(dtype),
        weighted.cubic_cost,
        plates=1,
        k=k,
    )
    for estimate, exact in zip(found, weighted.cubic_gradient(), strict=True):
        torch.testing.assert_close(estimate, exact.expand_as(estimate), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_gradient_of_a_large_support(samples: int, scale: float) -> None:
    """A cost linear in 20 x 10 categories, whose gradient is p (c - p . c) row by row; scale 10 gives the
    summed values a tenth of the probability and more."""
    n, logits, costs = 4000, scale * torch.randn(20, 10), torch.randn(20, 10)
    _, gradient = weighted.estimates(
        rao_blackwell,
        lambda x: Categorical(logits=x),
        logits.expand(n, 20, 10),
        lambda z: (z * costs).sum((-1, -2)),
        plates=1,
        k=8,
        samples=samples,
    )
    p = logits.softmax(-1)
    exact = p * (costs - (p * costs).sum(-1, keepdim=True))
    # what happens less than once in so many draws has no standard error
    error = gradient.std(0) / n**0.5 + 3 * p.clamp_max(1e-3) * costs.abs().amax(-1, keepdim=True)
    assert ((gradient.mean(0) - exact).abs() < 5 * error).all()
    assert torch.cosine_similarity(gradient.mean(0).flatten(), exact.flatten().double(), 0) > 0.9


def test_nearly_all_is_summed() -> None:
    """With next to nothing left, the gradient is that of the sum, finite and without noise."""
    logits = torch.tensor([[30.0, 0.0, -1e9], [40.0, 1.0, 0.0]]).expand(50, 2, 3).clone().requires_grad_()
    z, weights = rao_blackwell(Categorical(logits=logits), plates=1, k=2, mode="train")
    torch.testing.assert_close(weights.sum(0), torch.ones(50))
    (weights * z[..., 0].sum(-1)).sum().backward()
    assert logits.grad.abs().max() < 1e-6


def test_less_noise() -> None:
    """Than as many draws of the score function, where few values have most of the probability."""
    problem = (lambda x: Categorical(logits=x), rows(2 * weighted.LOGITS, 20_000), weighted.cubic_cost)
    bare, compared = (
        weighted.noise(weighted.estimates(rao_blackwell, *problem, plates=1, k=7, baseline=word)[1])
        for word in ("none", "built_in")
    )
    assert compared < bare < 0.5 * weighted.noise(weighted.score_gradient(*problem, 8, plates=1))
    assert compared < 0.8 * weighted.noise(weighted.score_gradient(*problem, 8, plates=1, compared=True))


def test_extremes() -> None:
    weighted.check_extremes(rao_blackwell, k=1)
    weighted.check_extremes(rao_blackwell, k=2, samples=2)
