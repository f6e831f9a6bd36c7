"""What is computed of all examples of a batch, against the definitions."""

from __future__ import annotations

import pytest
import torch
from torch.distributions import MultivariateNormal

from scgc.runtime import (
    Categorical,
    Normal,
    active,
    batch_cov,
    batch_mean,
    permute_batch,
    total_correlation,
)


def test_the_mean_of_a_batch() -> None:
    x = torch.randn(3, 5, 2, 4)
    found = batch_mean(x, rank=2)
    torch.testing.assert_close(found, x.mean(1, keepdim=True).expand(3, 5, 2, 4))
    assert torch.equal(batch_mean(x[0, 0], rank=2), x[0, 0])


def test_the_covariance_of_a_batch() -> None:
    x = torch.randn(3, 50, 4)
    found = batch_cov(x)
    assert found.shape == (3, 50, 4, 4)
    for i in range(3):
        torch.testing.assert_close(found[i, 7], torch.cov(x[i].T, correction=0))
    assert not batch_cov(x[0, 0]).any()


@pytest.mark.parametrize("lead", [(), (3,)])
def test_total_correlation_by_its_definition(lead: tuple[int, ...]) -> None:
    """The logarithm of the mean density over the product of the mean densities of the elements."""
    q = Normal(torch.randn(*lead, 6, 2), torch.rand(*lead, 6, 2) + 0.5)
    z = q.sample()
    found = total_correlation(q, z)
    densities = torch.stack([q.log_prob(z[..., i, None, :]).exp() for i in range(6)], -3)
    expected = densities.prod(-1).mean(-1).log() - densities.mean(-2).log().sum(-1)
    torch.testing.assert_close(found, expected)


def test_total_correlation_of_categories() -> None:
    q = Categorical(logits=torch.randn(6, 2, 4))
    z = q.sample()
    p = q.probs
    each = (z[:, None] * p[None]).sum(-1)
    expected = each.prod(-1).mean(-1).log() - each.mean(1).log().sum(-1)
    torch.testing.assert_close(total_correlation(q, z, rank=2), expected)
    assert total_correlation(q, z[0], rank=2) == 0


def test_it_estimates_the_total_correlation_of_a_gaussian() -> None:
    """Codes with mean N(0, S) and noise e have the covariance S + e: the value theory gives is
    (sum log diag - log det) / 2."""
    torch.manual_seed(0)
    spread = torch.tensor([[1.0, 0.9], [0.9, 1.0]])
    means = MultivariateNormal(torch.zeros(2), spread).sample((4000,))
    q = Normal(means, 0.3)
    found = total_correlation(q, q.sample()).mean()
    whole = spread + 0.09 * torch.eye(2)
    expected = (whole.diagonal().log().sum() - whole.logdet()) / 2
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0)
    apart = total_correlation(Normal(permute_batch(means), 0.3), Normal(permute_batch(means), 0.3).sample())
    assert apart.mean() < 0.1


def test_a_shuffled_batch_has_the_same_numbers_in_every_place() -> None:
    x = torch.arange(40.0).reshape(10, 4)
    torch.manual_seed(0)
    found = permute_batch(x)
    assert torch.equal(found.sort(0).values, x)
    assert not torch.equal(found, x) and not torch.equal(found[:, 0] + 1, found[:, 1])  # each for itself


def test_active_categories() -> None:
    """Of seven categories, for 2, 3, 4 and 7 values; all for a continuous factor; one for one value."""
    found = active(torch.tensor([2, 3, 4, 7, 0, 1]), 7)
    expected = ["1000001", "1001001", "1010101", "1111111", "1111111", "1000000"]
    assert ["".join(str(int(b)) for b in row) for row in found] == expected
