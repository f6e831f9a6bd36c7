"""The distributions agree with torch's, draw from the right law, and are safe in low precision."""

import pytest
import torch
from families import BUILDERS, REPARAMETERISED, pair

import scgc.runtime as runtime
from scgc.runtime import Bernoulli, Beta, Binomial, Categorical, Dirichlet, Normal, Uniform
from scgc.runtime.noise import gumbel_like, logistic_like, normal_like, uniform_like


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_moments_and_densities(name: str) -> None:
    q, reference = pair(name, 0)
    torch.testing.assert_close(q.mean, reference.mean)
    torch.testing.assert_close(q.variance, reference.variance)
    value = reference.sample((5,))
    torch.testing.assert_close(q.log_prob(value), reference.log_prob(value))
    assert (q.batch_shape, q.event_shape) == (reference.batch_shape, reference.event_shape)


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_draws_follow_the_law(name: str) -> None:
    q, reference = pair(name, 1)
    torch.manual_seed(2)
    n = 40_000
    draws = q.sample((n,))
    assert draws.shape == (n, 4, 3)
    error = (reference.variance / n).sqrt()
    assert ((draws.mean(0) - reference.mean).abs() <= 5 * error).all()
    spread = (draws - reference.mean) ** 2
    assert ((spread.mean(0) - reference.variance).abs() <= 6 * spread.std(0) / n**0.5).all()
    if name in ("Normal", "Uniform", "Gumbel", "Laplace", "Exponential", "LogNormal"):
        ranks = reference.cdf(draws).flatten(1).sort(0).values  # uniform if the law is right
        steps = torch.linspace(0, 1, n, dtype=ranks.dtype)[:, None]
        assert (ranks - steps).abs().max() < 2.2 / n**0.5  # Kolmogorov-Smirnov


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_expand(name: str) -> None:
    q, _ = pair(name, 3)
    wide = q.expand((5, *q.batch_shape))
    assert type(wide) is type(q)
    value = q.sample()
    torch.testing.assert_close(wide.log_prob(value), q.log_prob(value).expand(wide.batch_shape))
    assert wide.sample().shape == (5, 4, 3)


@pytest.mark.parametrize("name", sorted(BUILDERS))
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_draws_keep_the_dtype(name: str, dtype: torch.dtype) -> None:
    q, _ = pair(name, 4, dtype) if dtype is torch.float32 else (BUILDERS[name](runtime, ones()), None)
    draws = q.rsample((100,)) if name in REPARAMETERISED else q.sample((100,))
    assert draws.dtype == dtype
    assert draws.isfinite().all()


def ones() -> torch.Tensor:
    return torch.ones(4, 3, dtype=torch.bfloat16)


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_mode_is_the_most_likely_value(name: str) -> None:
    if name == "Uniform":
        pytest.skip("all values are alike")
    q, _ = pair(name, 5)
    mode = q.mode
    assert mode.shape == (4, 3)
    if name == "Exponential":
        mode = mode + 1e-9
    others = q.sample((2_000,))
    assert (q.log_prob(mode) >= q.log_prob(others).amax(0) - 1e-6).all()


def test_modes_without_an_inner_maximum() -> None:
    assert Uniform(torch.tensor(1.0), torch.tensor(3.0)).mode == 2
    concentrations = torch.tensor([[0.5, 0.9], [1.0, 1.0], [0.5, 0.5], [3.0, 0.5]])
    expected = torch.tensor([[0.0, 1.0], [0.5, 0.5], [0.5, 0.5], [1.0, 0.0]])
    assert torch.equal(Dirichlet(concentrations).mode, expected)
    assert torch.equal(Beta(concentrations[:, 0], concentrations[:, 1]).mode, expected[:, 0])


def test_probs_are_as_good_as_logits() -> None:
    probs = torch.tensor([[0.2, 0.8, 0.0], [3.0, 1.0, 4.0]], dtype=torch.float64)
    normalised = probs / probs.sum(-1, keepdim=True)
    torch.testing.assert_close(Categorical(probs=probs).probs, normalised)
    torch.testing.assert_close(Bernoulli(probs=normalised).probs, normalised)
    assert Categorical(probs=probs).sample((1000,))[:, 0, 2].sum() == 0
    sure = Bernoulli(probs=torch.tensor([0.0, 1.0]))
    assert sure.sample((1000,)).mean(0).tolist() == [0, 1]


def test_numbers_for_parameters() -> None:
    assert Normal(0, 1).log_prob(torch.tensor(0.0)).isfinite()
    assert Normal(torch.zeros(3), logvar=0.0).scale.tolist() == [1, 1, 1]
    assert Bernoulli(logits=0).probs == 0.5
    assert Binomial(4, probs=0.5).mean == 2


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_one_parameter(family: type[Categorical] | type[Bernoulli]) -> None:
    with pytest.raises(ValueError, match="takes logits or probs"):
        family()
    with pytest.raises(ValueError, match="takes logits or probs"):
        family(logits=torch.zeros(2), probs=torch.ones(2))
    with pytest.raises(ValueError, match="takes std or logvar"):
        Normal(torch.zeros(2))


@pytest.mark.parametrize("noise", [uniform_like, gumbel_like, logistic_like, normal_like])
def test_noise_is_drawn_in_full_precision(noise: object) -> None:
    values = noise(torch.zeros(100_000, dtype=torch.bfloat16))
    assert values.dtype == torch.float32
    assert len(values.unique()) > 90_000
    assert noise(torch.zeros(3, dtype=torch.float64)).dtype == torch.float64
    # an expanded tensor shares its memory, its noise must not
    assert len(noise(torch.zeros(1).expand(50)).unique()) > 45


@pytest.mark.parametrize("u", [0.0, 1.0])
def test_noise_stays_finite_at_the_ends(u: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "rand_like", lambda x, dtype: torch.full_like(x, u, dtype=dtype))
    for noise in (gumbel_like, logistic_like):
        assert noise(torch.zeros(2)).isfinite().all()
