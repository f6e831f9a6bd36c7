"""`entmax` and `sparsemax`: relaxed draws on the faces of the simplex."""

import pytest
import torch
from evidence import assert_mean, rows
from graphs import A
from torch import Tensor

from scgc.runtime import Bernoulli, Categorical, entmax, sparse, sparsemax
from scgc.runtime.noise import gumbel_like, logistic_like

LOGITS = torch.tensor([[2.0, 0.5, 1.0], [-1.0, 0.0, 3.0]])


@pytest.mark.parametrize("alpha", [1.5, 2.0, 1.3, torch.tensor(1.7)])
@pytest.mark.parametrize(("tau", "scale"), [(0.5, 1.0), (torch.tensor(2.0), 0.0), (1.0, torch.tensor(2.5))])
def test_formula_given_the_noise(alpha: Tensor | float, tau: Tensor | float, scale: Tensor | float) -> None:
    options = {"alpha": alpha, "tau": tau, "scale": scale}
    torch.manual_seed(0)
    z = entmax(Categorical(logits=LOGITS), **options, mode="train")
    torch.manual_seed(0)
    torch.testing.assert_close(z, sparse.entmax((LOGITS + scale * gumbel_like(LOGITS)) / tau, alpha))
    torch.manual_seed(0)
    z = entmax(Bernoulli(logits=LOGITS), **options, mode="train")
    torch.manual_seed(0)
    x = (LOGITS + scale * logistic_like(LOGITS)) / tau
    torch.testing.assert_close(z, sparse.entmax(torch.stack([x, torch.zeros(2, 3)], -1), alpha)[..., 0])


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_sparsemax_is_entmax_of_two(family: type) -> None:
    torch.manual_seed(0)
    z = sparsemax(family(logits=LOGITS), tau=0.7, scale=1.2, mode="train")
    torch.manual_seed(0)
    torch.testing.assert_close(z, entmax(family(logits=LOGITS), alpha=2.0, tau=0.7, scale=1.2, mode="train"))


def test_colder_draws_are_sparser_and_follow_the_probabilities() -> None:
    torch.manual_seed(1)
    logits = rows(A, 20_000)
    share = [
        (sparsemax(Categorical(logits=logits), tau=tau, mode="train") == 0).double().mean()
        for tau in (4.0, 1.0, 0.01)
    ]
    assert share[0] < 0.3 < share[1] < share[2]
    assert share[2] > 0.66
    assert_mean(entmax(Categorical(logits=logits), hard=True, mode="train"), A.softmax(-1))


@pytest.mark.parametrize("draw", [sparsemax, entmax])
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_hard_has_the_relaxed_gradient(family: type, draw: object) -> None:
    weights, gradients = torch.randn(2, 3), []
    for hard in (False, True):
        logits = LOGITS.clone().requires_grad_()
        torch.manual_seed(5)
        z = draw(family(logits=logits), tau=2.0, hard=hard, mode="train")
        assert torch.equal(z, z.round()) is hard
        (z * weights).sum().backward()
        gradients.append(logits.grad)
    torch.testing.assert_close(*gradients)
    assert gradients[0].abs().sum() > 0


@pytest.mark.parametrize("draw", [sparsemax, entmax])
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_evaluation(family: type, draw: object) -> None:
    q = family(logits=LOGITS.clone().requires_grad_())
    assert torch.equal(draw(q, tau=9.0, mode="mode"), q.mode)
    z = draw(q, tau=9.0, mode="sample")
    assert torch.equal(z, z.round())
    assert not z.requires_grad
