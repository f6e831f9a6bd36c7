"""log_prob, entropy and kl against torch.distributions, with plates."""

import math

import pytest
import torch
from families import BUILDERS, pair
from torch.distributions import kl_divergence

from scgc.runtime import Bernoulli, Binomial, Categorical, Gumbel, Laplace, Normal, entropy, kl, log_prob


@pytest.mark.parametrize("name", sorted(set(BUILDERS) - {"Poisson", "Geometric", "Binomial"}))
def test_entropy(name: str) -> None:
    q, reference = pair(name, 0)
    torch.testing.assert_close(entropy(q), reference.entropy())


@pytest.mark.parametrize("name", ["Geometric", "Binomial"])
def test_entropy_of_counts(name: str) -> None:
    q, reference = pair(name, 0)
    counts = torch.arange(7 if name == "Binomial" else 400, dtype=torch.float64)[:, None, None]
    log_probs = reference.log_prob(counts)
    torch.testing.assert_close(entropy(q), -(log_probs.exp() * log_probs).sum(0))


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_kl_in_closed_form(name: str) -> None:
    (q, q_torch), (p, p_torch) = pair(name, 1), pair(name, 2)
    exact = kl_divergence(q_torch, p_torch)
    torch.testing.assert_close(kl(q, p), exact)
    torch.testing.assert_close(kl_divergence(q, p), exact)


@pytest.mark.parametrize(
    ("name", "others"), [("Normal", ("Laplace", "Gumbel")), ("Gamma", ("Exponential", "Gumbel"))]
)
def test_kl_of_two_families(name: str, others: tuple[str, ...]) -> None:
    q, q_torch = pair(name, 3)
    for other in others:
        p, p_torch = pair(other, 4)
        try:
            torch.testing.assert_close(kl(q, p), kl_divergence(q_torch, p_torch))
        except NotImplementedError:
            with pytest.raises(NotImplementedError):
                kl_divergence(q_torch, p_torch)


def test_kl_from_a_draw() -> None:
    """Where no closed form is registered; its mean over draws is the divergence."""
    torch.manual_seed(0)
    q, p = Laplace(torch.zeros(2), torch.ones(2)), Gumbel(torch.zeros(2), 3 * torch.ones(2))
    with pytest.raises(NotImplementedError, match=r"kl\(Laplace, Gumbel\)"):
        kl(q, p)
    v = q.sample((200_000,))
    estimate = kl(q, p, sample=v)
    torch.testing.assert_close(estimate, q.log_prob(v) - p.log_prob(v))
    x = torch.linspace(-60, 60, 200_001, dtype=torch.float64)[:, None]
    density = q.log_prob(x).exp()
    exact = torch.trapezoid(density * (q.log_prob(x) - p.log_prob(x)), x, dim=0)
    assert ((estimate.mean(0) - exact).abs() < 5 * estimate.std(0) / 200_000**0.5).all()


@pytest.mark.parametrize("plates", [0, 1, 2])
def test_plates_are_summed(plates: int) -> None:
    torch.manual_seed(5)
    q, p = (Categorical(logits=torch.randn(7, 4, 3, 5)) for _ in range(2))
    z = q.sample()
    axes = tuple(range(3 - plates, 3))
    for ours, each in (
        (log_prob(q, z, plates=plates), q.log_prob(z)),
        (entropy(q, plates=plates), q.entropy()),
        (kl(q, p, plates=plates), kl_divergence(q, p)),
    ):
        torch.testing.assert_close(ours, each.sum(axes) if axes else each)


def test_uniform_priors() -> None:
    torch.manual_seed(6)
    q = Categorical(logits=torch.randn(4, 3, 5, dtype=torch.float64))
    torch.testing.assert_close(kl(q, Categorical.uniform(5)), math.log(5) - entropy(q))
    b = Bernoulli(logits=torch.randn(4, dtype=torch.float64))
    torch.testing.assert_close(kl(b, Bernoulli.uniform()), math.log(2) - entropy(b))


def test_standard_normal_prior_of_an_encoder() -> None:
    """Kingma and Welling 2014, appendix B."""
    mean, logvar = torch.randn(4, 6, dtype=torch.float64), torch.randn(4, 6, dtype=torch.float64)
    ours = kl(Normal(mean, logvar=logvar), Normal(0, 1), plates=1)
    torch.testing.assert_close(ours, -0.5 * (1 + logvar - mean**2 - logvar.exp()).sum(-1))


def test_binomials_of_different_counts() -> None:
    """Counts that are a tensor, and counts of q and p that are not the same: sums over what q may count."""
    counts, logits = torch.tensor([4, 6]), torch.tensor([0.3, -0.5], dtype=torch.float64)
    q, p = Binomial(counts, logits=logits), Binomial(torch.tensor([6, 6]), logits=logits + 1)
    for i, n in enumerate(counts.tolist()):
        own, other = Binomial(n, logits=logits[i]), Binomial(6, logits=logits[i] + 1)
        values = torch.arange(n + 1, dtype=torch.float64)
        log_q, log_p = own.log_prob(values), other.log_prob(values)
        torch.testing.assert_close(entropy(q)[i], -(log_q.exp() * log_q).sum())
        torch.testing.assert_close(kl(q, p)[i], (log_q.exp() * (log_q - log_p)).sum())
    assert kl(Binomial(5, probs=0.5), Binomial(4, probs=0.5)) == torch.inf


def test_truth_values_are_bits() -> None:
    q = Bernoulli(logits=torch.tensor([-1.0, 2.0]))
    bits = torch.tensor([True, False])
    torch.testing.assert_close(q.log_prob(bits), q.log_prob(bits.float()))
