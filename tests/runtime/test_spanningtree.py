"""`SpanningTree` against the list of all trees."""

import pytest
import torch
from trees import trees

from scgc.declared import NEVER
from scgc.runtime import SpanningTree, entropy, kl, log_prob

D = torch.float64


def edges(n: int) -> torch.Tensor:
    """Every tree as symmetric bits."""
    every = trees(n)
    every[:, 0] = 0
    return every + every.transpose(-1, -2)


def logits_of(n: int, seed: int = 0) -> torch.Tensor:
    torch.manual_seed(seed)
    return 2 * torch.randn(2, n, n, dtype=D)


def shares(n: int, logits: torch.Tensor) -> torch.Tensor:
    """[trees, 2]: the probabilities, by the edges above the diagonal."""
    both = (logits + logits.transpose(-1, -2)) / 2
    return torch.einsum("vij,bij->vb", edges(n).triu(), both).softmax(0)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_probabilities_and_marginals(n: int) -> None:
    logits, every, other = logits_of(n), edges(n), logits_of(n, 1)
    assert len(every.flatten(1).unique(dim=0)) == n ** (n - 2)
    q, p, r = SpanningTree(logits), shares(n, logits), shares(n, other)
    torch.testing.assert_close(log_prob(q, every[:, None]).exp(), p)
    torch.testing.assert_close(q.probs, torch.einsum("vb,vij->bij", p, every))
    torch.testing.assert_close(entropy(q), -(p * p.log()).sum(0))
    torch.testing.assert_close(kl(q, SpanningTree(other)), (p * (p / r).log()).sum(0))
    assert torch.equal(q.mode, every[p.argmax(0)])


def test_draws_follow_the_law() -> None:
    logits, every, draws = logits_of(4, 2) / 2, edges(4), 40_000
    torch.manual_seed(3)
    z = SpanningTree(logits).sample((draws,))
    p = shares(4, logits)
    same = (z[None] == every[:, None, None]).flatten(3).all(-1)
    assert same.sum(0).eq(1).all()
    assert ((same.double().mean(1) - p).abs() < 4.5 * (p * (1 - p) / draws).sqrt()).all()


def test_derivatives() -> None:
    logits = logits_of(4, 4).requires_grad_()
    weights = torch.randn(4, 4, dtype=D)
    exact = torch.einsum("vb,vij,ij->", shares(4, logits), edges(4), weights)
    ours = torch.autograd.grad((SpanningTree(logits).probs * weights).sum(), logits)[0]
    torch.testing.assert_close(ours, torch.autograd.grad(exact, logits)[0])
    assert torch.autograd.gradcheck(lambda x: SpanningTree(x).log_prob(edges(4)[5]), logits)


def test_padding_changes_nothing() -> None:
    logits = logits_of(3, 5)
    wide = torch.full((2, 6, 6), NEVER, dtype=D)
    wide[:, :3, :3] = logits
    q, p = SpanningTree(logits), SpanningTree(wide)
    torch.testing.assert_close(p.probs, torch.nn.functional.pad(q.probs, (0, 3, 0, 3)))
    torch.testing.assert_close(entropy(p), entropy(q))
    for z in (p.sample(), p.mode):
        assert not z[:, 3:].any()
        assert not z[..., 3:].any()
