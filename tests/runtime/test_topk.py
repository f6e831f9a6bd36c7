"""`TopK` against the list of all subsets."""

import pytest
import torch
from trees import scores, subsets

from scgc.declared import NEVER
from scgc.runtime import Bernoulli, Categorical, TopK, entropy, kl, log_prob

D = torch.float64
CASES = [(n, k) for n in (1, 2, 4, 6) for k in range(n + 1)]


def logits_of(n: int, seed: int = 0, spread: float = 2.0) -> torch.Tensor:
    torch.manual_seed(seed)
    return spread * torch.randn(2, n, dtype=D)


@pytest.mark.parametrize(("n", "k"), CASES)
def test_probabilities_and_marginals(n: int, k: int) -> None:
    logits, every = logits_of(n), subsets(n, k)
    q = TopK(logits, k)
    p = scores(every, logits).softmax(0)
    torch.testing.assert_close(log_prob(q, every[:, None]).exp(), p)
    torch.testing.assert_close(q.probs, torch.einsum("vb,vi->bi", p, every))
    torch.testing.assert_close(entropy(q), -(p * p.log()).sum(0))
    other = logits_of(n, 1)
    r = scores(every, other).softmax(0)
    torch.testing.assert_close(kl(q, TopK(other, k)), (p * (p / r).log()).sum(0))
    best = every[scores(every, logits).argmax(0)]
    assert torch.equal(q.mode, best)


def test_is_what_it_says() -> None:
    """Bernoulli elements given their number; and one of n is the categorical."""
    logits, every = logits_of(4, 2), subsets(4, 2)
    joint = log_prob(Bernoulli(logits=logits), every[:, None], plates=1)
    torch.testing.assert_close(log_prob(TopK(logits, 2), every[:, None]), joint.log_softmax(0))
    torch.testing.assert_close(TopK(logits, 1).probs, Categorical(logits=logits).probs)
    torch.testing.assert_close(TopK(logits, 1).entropy(), Categorical(logits=logits).entropy())


@pytest.mark.parametrize(("n", "k"), [(4, 2), (6, 3), (5, 5), (3, 1)])
def test_draws_follow_the_law(n: int, k: int) -> None:
    logits, every, draws = logits_of(n, 3, 1.0), subsets(n, k), 40_000
    torch.manual_seed(4)
    z = TopK(logits, k).sample((draws,))
    assert z.shape == (draws, 2, n)
    p = scores(every, logits).softmax(0)
    same = (z[None] == every[:, None, None]).all(-1)
    assert same.sum(0).eq(1).all()
    assert ((same.double().mean(1) - p).abs() < 4.5 * (p * (1 - p) / draws).sqrt() + 1e-9).all()


def test_derivatives() -> None:
    logits = logits_of(5, 5).requires_grad_()
    weights, every = torch.randn(5, dtype=D), subsets(5, 2)
    exact = torch.einsum("vb,vi,i->", scores(every, logits).softmax(0), every, weights)
    ours = torch.autograd.grad((TopK(logits, 2).probs * weights).sum(), logits)[0]
    torch.testing.assert_close(ours, torch.autograd.grad(exact, logits)[0])
    assert torch.autograd.gradcheck(lambda x: TopK(x, 2).log_prob(every[3]), logits)
    assert torch.autograd.gradcheck(lambda x: TopK(x, 2).entropy(), logits)
    assert torch.autograd.gradgradcheck(lambda x: TopK(x, 2).probs, logits)


def test_padding_changes_nothing() -> None:
    logits = logits_of(4, 6).requires_grad_()
    wide = torch.cat([logits, torch.full((2, 3), NEVER, dtype=D)], -1)
    q, p = TopK(logits, 2), TopK(wide, 2)
    torch.testing.assert_close(p.probs, torch.nn.functional.pad(q.probs, (0, 3)))
    torch.testing.assert_close(entropy(p), entropy(q))
    assert not p.sample((1000,))[..., 4:].any()
    gradient = torch.autograd.grad(p.probs[:, 0].sum(), logits)[0]
    torch.testing.assert_close(gradient, torch.autograd.grad(q.probs[:, 0].sum(), logits)[0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("spread", [1.0, 1e4])
def test_many_elements(spread: float, dtype: torch.dtype) -> None:
    torch.manual_seed(7)
    logits = (spread * torch.randn(4, 60)).to(dtype).requires_grad_()
    q = TopK(logits, 20)
    probs = q.probs
    assert probs.dtype == dtype
    torch.testing.assert_close(probs.float().sum(-1), torch.full((4,), 20.0), atol=0.1, rtol=0)
    (probs * torch.randn(60).to(dtype)).sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    z = q.sample((7,))
    assert torch.equal(z.sum(-1), torch.full((7, 4), 20.0, dtype=dtype))
    assert (q.log_prob(z) <= 1e-3).all()


def test_refuses_more_than_there_are() -> None:
    with pytest.raises(ValueError, match="4 of 3"):
        TopK(torch.zeros(3), 4)
    with pytest.raises(NotImplementedError, match="different k"):
        kl(TopK(torch.zeros(3), 1), TopK(torch.zeros(3), 2))
