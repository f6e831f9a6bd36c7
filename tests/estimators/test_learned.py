"""`rebar`, `relax` and `lax` are unbiased whatever they have learned; what they learn lowers the variance."""

from collections.abc import Callable

import pytest
import torch
from evidence import assert_mean, rows
from graphs import A
from torch import Tensor

from scgc.runtime import Bernoulli, Categorical, Normal, log_prob, marginal, scored
from scgc.runtime.conditional import noisy
from scgc.runtime.variates import Lax, Learned, Rebar, Relax

N = 40_000
V = torch.tensor([[1.0, -2.0, 0.5], [0.3, 1.5, -1.0]], dtype=torch.float64)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(30)


def cost(z: Tensor) -> Tensor:
    """Of three numbers, not linear in them: [..., 3] to [...]."""
    return (z @ V[0]) ** 2 + (z @ V[1] - 0.3) ** 3


def smooth(z: Tensor) -> Tensor:
    """As `cost`, but such that a relaxed draw tells something of it."""
    return (z @ V[0] - 0.45) ** 2


def exact(family: type[Categorical] | type[Bernoulli]) -> Tensor:
    """The gradient of the mean cost with respect to A, by enumeration."""
    logits = A.clone().requires_grad_()
    if family is Categorical:
        expected = logits.softmax(-1) @ cost(torch.eye(3, dtype=torch.float64))
    else:
        bits = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 3)
        chances = Bernoulli(logits=logits).log_prob(bits).sum(-1).exp()
        expected = chances @ cost(bits)
    return torch.autograd.grad(expected, logits)[0]


def estimates(
    family: type[Categorical] | type[Bernoulli],
    module: Learned | None,
    n: int,
    cost: Callable[[Tensor], Tensor] = cost,
) -> tuple[Tensor, Tensor]:
    """The loss and n independent estimates of the gradient; without a module those of plain score."""
    logits = rows(A, n).requires_grad_()
    q, plates = family(logits=logits), int(family is Bernoulli)
    if module is None:
        z = q.sample()
        loss = scored(cost(z), log_prob(q, z, plates)).mean()
    else:
        z, weight = module(q, plates=plates, mode="train")
        assert z.shape == (weight.shape[0], n, 3)
        assert weight.shape[1:] == (n,)
        loss = module.close(marginal(cost(z), weight).mean())
    loss.backward()
    assert logits.grad is not None
    return loss.detach(), logits.grad * n


MODULES: dict[str, Callable[[], Learned]] = {
    "rebar": lambda: Rebar((3,), tau=0.4, eta=0.7),
    "relax": lambda: Relax((3,), hidden=6),
}


def learn(
    family: type[Categorical] | type[Bernoulli],
    module: Learned,
    steps: int,
    cost: Callable[[Tensor], Tensor] = cost,
) -> None:
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        estimates(family, module, 50, cost)
        optimizer.step()


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
@pytest.mark.parametrize("name", sorted(MODULES))
def test_the_mean_is_exact_before_and_after_learning(
    name: str, family: type[Categorical] | type[Bernoulli]
) -> None:
    module = MODULES[name]().double()
    assert_mean(estimates(family, module, N)[1], exact(family))
    learn(family, module, 100)
    assert_mean(estimates(family, module, N)[1], exact(family))


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
@pytest.mark.parametrize("name", sorted(MODULES))
def test_learning_lowers_the_variance(name: str, family: type[Categorical] | type[Bernoulli]) -> None:
    module = MODULES[name]().double()
    learn(family, module, 300, smooth)
    plain, ours = (estimates(family, m, 10_000, smooth)[1].var(0).sum() for m in (None, module))
    assert ours < 0.85 * plain


def test_own_parameters_follow_the_variance_alone() -> None:
    """The gradient of eta is that of the mean squared gradient, by differences with the same noise."""
    found = []
    for eta in (0.7, 0.7 - 1e-4, 0.7 + 1e-4):
        torch.manual_seed(5)
        module = Rebar((3,), tau=0.4).double()
        torch.nn.init.constant_(module.eta, eta)
        _, each = estimates(Bernoulli, module, 200)
        found.append((each.square().sum(-1).mean(), module.eta.grad))
    slope = (found[2][0] - found[1][0]) / 2e-4
    torch.testing.assert_close(found[0][1], slope.reshape(()), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_noise_given_the_draw(family: type[Categorical] | type[Bernoulli]) -> None:
    """It has the value of the free noise, and its mean does not depend on the corner's probability."""
    logits = rows(A, N).requires_grad_()
    b, z, given, _ = noisy(family(logits=logits))
    torch.testing.assert_close(z, given)
    assert torch.equal(b, family(logits=z.detach()).mode)
    # E[d h(z)] = E[h(given) d log p + d h(given)], for any h
    free = torch.autograd.grad((z.sigmoid() ** 2).sum(), logits, retain_graph=True)[0]
    held = (given.sigmoid() ** 2).sum(-1)
    lp = log_prob(family(logits=logits), b, int(family is Bernoulli))
    by_score = torch.autograd.grad((held.detach() * lp + held).sum(), logits)[0]
    assert_mean(free - by_score + 1, torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
@pytest.mark.parametrize("name", sorted(MODULES))
def test_extreme_logits(name: str, family: type[Categorical] | type[Bernoulli]) -> None:
    extreme = [-1e9, -1e4, -60.0, 0.0, 60.0, 1e4]
    logits = torch.cartesian_prod(*[torch.tensor(extreme)] * 3).requires_grad_()
    module = MODULES[name]()
    for _ in range(10):
        z, weight = module(family(logits=logits), plates=int(family is Bernoulli), mode="train")
        assert z.isfinite().all()
        loss = module.close(marginal((z @ V[0].float()) ** 2, weight).mean())
        loss.backward()
    for tensor in (logits, *module.parameters()):
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()


def test_lax() -> None:
    """P(z > 0) of a Normal, whose density at 0 is the derivative by its mean: the cost itself has none."""

    def sample(module: Lax | None, n: int) -> Tensor:
        mean = rows([0.4], n).requires_grad_()
        q = Normal(mean, torch.full_like(mean, 0.8))
        if module is None:
            z = q.sample()
            scored((z > 0).double()[..., 0], log_prob(q, z, 1)).mean().backward()
        else:
            z, weight = module(q, plates=1, mode="train")
            module.close(marginal((z > 0).double()[..., 0], weight).mean()).backward()
        assert mean.grad is not None
        return mean.grad * n

    module = Lax((1,), hidden=8).double()
    density = torch.distributions.Normal(0.4, 0.8).log_prob(torch.tensor(0.0)).exp()
    wanted = density.double().reshape(1)
    assert_mean(sample(module, N), wanted)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    for _ in range(200):
        optimizer.zero_grad()
        sample(module, 100)
        optimizer.step()
    assert_mean(sample(module, N), wanted)
    assert sample(module, N).var() < 0.7 * sample(None, N).var()


def test_in_evaluation_a_plain_draw() -> None:
    q = Categorical(logits=torch.tensor([[5.0, 0.0, 0.0]]))
    for make in MODULES.values():
        z, weight = make()(q, mode="mode")
        assert z.tolist() == [[1, 0, 0]]
        assert weight is None
