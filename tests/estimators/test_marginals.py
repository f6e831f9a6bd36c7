"""Subsets and trees: `marginals`, and what `straight_through` and `imle` do with them."""

from collections.abc import Callable
from itertools import combinations

import pytest
import torch
from evidence import assert_mean
from torch import Tensor
from torch.distributions import Distribution

from scgc.runtime import (
    Arborescence,
    Bernoulli,
    Categorical,
    SpanningTree,
    TopK,
    gumbel_softmax,
    imle,
    marginals,
    score,
    straight_through,
)

D = torch.float64
FAMILIES: dict[str, Callable[[Tensor], Distribution]] = {
    "tree": Arborescence,
    "edges": SpanningTree,
    "subset": lambda x: TopK(x, 2),
}
SHAPES = {"tree": (4, 4), "edges": (4, 4), "subset": (5,)}
N = 20_000


def parameters(name: str) -> tuple[Tensor, Tensor]:
    """Logits of one example, and what each part of the structure costs."""
    torch.manual_seed(1)
    return torch.randn(SHAPES[name], dtype=D), torch.randn(SHAPES[name], dtype=D)


def exact(name: str, logits: Tensor, weights: Tensor) -> Tensor:
    """The gradient of the expected linear cost, through the marginals (which tests/runtime compares)."""
    leaf = logits.clone().requires_grad_()
    return torch.autograd.grad((FAMILIES[name](leaf).mean * weights).sum(), leaf)[0]


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("hard", [False, True])
def test_formula_given_the_noise(name: str, hard: bool) -> None:
    logits, _ = parameters(name)
    q = FAMILIES[name](logits)
    torch.manual_seed(0)
    z = marginals(q, tau=0.7, scale=torch.tensor(1.5), hard=hard, mode="train")
    torch.manual_seed(0)
    perturbed = logits + 1.5 * q.noise()
    wanted = FAMILIES[name](perturbed).mode if hard else FAMILIES[name](perturbed / 0.7).mean
    torch.testing.assert_close(z, wanted)


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_of_single_choices_it_is_gumbel_softmax(family: type) -> None:
    q, draws = family(logits=torch.randn(4, 3)), []
    for draw in (marginals, gumbel_softmax):
        torch.manual_seed(0)
        draws.append(draw(q, tau=0.5, mode="train"))
    assert torch.equal(*draws)


@pytest.mark.parametrize("name", FAMILIES)
def test_cold_draws_are_structures(name: str) -> None:
    logits, _ = parameters(name)
    q, gaps = FAMILIES[name](logits.expand(2000, *logits.shape)), []
    for tau in (1.0, 0.1, 0.01):
        soft, corner = [], []
        for hard, found in ((False, soft), (True, corner)):
            torch.manual_seed(2)
            found.append(marginals(q, tau=tau, hard=hard, mode="train"))
        size = torch.full((2000,), {"tree": 4.0, "edges": 6.0, "subset": 2.0}[name], dtype=D)
        torch.testing.assert_close(soft[0].flatten(1).sum(-1), size)
        gaps.append((soft[0] - corner[0]).abs().mean())
    assert gaps[0] > 4 * gaps[1] > 16 * gaps[2]


def test_cold_subsets_are_drawn_without_replacement():
    """Over a TopK it is the relaxation of Gumbel top-k: element after element, without putting any back."""
    torch.manual_seed(3)
    n, p = 40_000, torch.tensor([0.5, 0.2, 0.2, 0.1])
    draws = marginals(TopK(p.log().expand(n, 4), 2), tau=1e-3, mode="train").round()
    codes = (draws @ torch.tensor([1.0, 2.0, 4.0, 8.0])).long()
    for i, j in combinations(range(4), 2):
        expected = p[i] * p[j] * (1 / (1 - p[i]) + 1 / (1 - p[j]))
        share = (codes == 2**i + 2**j).float().mean()
        assert abs(share - expected) < 5 * (expected * (1 - expected) / n).sqrt()


@pytest.mark.parametrize("name", FAMILIES)
def test_hard_has_the_relaxed_gradient(name: str) -> None:
    gradients = []
    logits, weights = parameters(name)
    for hard in (False, True):
        leaf = logits.clone().requires_grad_()
        torch.manual_seed(3)
        (marginals(FAMILIES[name](leaf), hard=hard, mode="train") * weights).sum().backward()
        gradients.append(leaf.grad)
    torch.testing.assert_close(*gradients)
    assert gradients[0].abs().sum() > 0.1


@pytest.mark.parametrize("name", FAMILIES)
def test_straight_through_is_exact_for_linear_costs(name: str) -> None:
    """Through the exact marginals; for subsets this is SIMPLE (Ahmed et al. 2023)."""
    logits, weights = parameters(name)
    leaf = logits.clone().requires_grad_()
    z = straight_through(FAMILIES[name](leaf), mode="train")
    assert torch.equal(z, z.round())
    (z * weights).sum().backward()
    torch.testing.assert_close(leaf.grad, exact(name, logits, weights))


@pytest.mark.parametrize("name", FAMILIES)
def test_imle_of_a_linear_cost(name: str) -> None:
    """It follows the expected cost of the perturbed maximum; here told by finite differences of its mean."""
    logits, weights = parameters(name)
    torch.manual_seed(4)
    leaf = logits.expand(4 * N, *logits.shape).clone().requires_grad_()
    z = imle(FAMILIES[name](leaf), step=0.5, mode="train")
    assert torch.equal(z, z.round())
    (z * weights).sum().backward()
    noise = FAMILIES[name](leaf).noise()
    q = FAMILIES[name](logits)
    means = [q.corner(x + noise) for x in (logits, logits - 0.5 * weights)]
    wanted = (means[0] - means[1]) / 0.5
    assert leaf.grad is not None
    gap = (leaf.grad.mean(0) - wanted.mean(0)).abs()
    assert (gap <= 5 * ((leaf.grad.var(0) + wanted.var(0)) / (4 * N)).sqrt()).all()
    assert wanted.mean(0).abs().max() > 0.1


@pytest.mark.parametrize("draw", [marginals, straight_through, imle, score])
@pytest.mark.parametrize("name", FAMILIES)
def test_evaluation(name: str, draw: Callable[..., Tensor]) -> None:
    logits, _ = parameters(name)
    q = FAMILIES[name](logits.expand(N, *logits.shape).clone().requires_grad_())
    torch.manual_seed(5)
    z = draw(q, mode="sample")
    assert not z.requires_grad
    means = FAMILIES[name](logits).mean
    assert_mean(z, means, errors=5.0)
    assert torch.equal(draw(q, mode="mode")[0], FAMILIES[name](logits).mode)
