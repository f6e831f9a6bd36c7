"""`Arborescence` against the list of all trees, and where small weights stand beside large ones."""

import networkx as nx
import pytest
import torch
from trees import scores, trees

from scgc.declared import NEVER
from scgc.runtime import Arborescence, entropy, kl, log_prob
from scgc.runtime.branching import heaviest

D = torch.float64


def logits_of(n: int, seed: int = 0, spread: float = 2.0) -> torch.Tensor:
    torch.manual_seed(seed)
    return spread * torch.randn(2, n, n, dtype=D)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_probabilities_and_marginals(n: int) -> None:
    logits, every = logits_of(n), trees(n)
    q = Arborescence(logits)
    p = scores(every, logits).softmax(0)
    torch.testing.assert_close(log_prob(q, every[:, None]).exp(), p)
    torch.testing.assert_close(q.probs, torch.einsum("vb,vij->bij", p, every))
    torch.testing.assert_close(q.mean, q.probs)
    torch.testing.assert_close(entropy(q), -(p * p.log()).sum(0))
    assert (q.batch_shape, q.event_shape) == ((2,), (n, n))


def test_divergence() -> None:
    first, second, every = logits_of(4, 1), logits_of(4, 2), trees(4)
    p, r = (scores(every, x).softmax(0) for x in (first, second))
    exact = (p * (p / r).log()).sum(0)
    torch.testing.assert_close(kl(Arborescence(first), Arborescence(second)), exact)


def test_derivatives() -> None:
    logits = logits_of(4, 3).requires_grad_()
    weights, every = torch.randn(4, 4, dtype=D), trees(4)

    def listed(x: torch.Tensor) -> torch.Tensor:
        return torch.einsum("vb,vij,ij->b", scores(every, x).softmax(0), every, weights)

    ours = torch.autograd.grad((Arborescence(logits).probs * weights).sum(), logits)[0]
    torch.testing.assert_close(ours, torch.autograd.grad(listed(logits).sum(), logits)[0])
    assert torch.autograd.gradcheck(lambda x: Arborescence(x).log_prob(every[5]), logits)
    assert torch.autograd.gradcheck(lambda x: Arborescence(x).entropy(), logits)
    assert torch.autograd.gradgradcheck(lambda x: Arborescence(x).probs[..., 1:, :], logits)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_draws_follow_the_law(n: int) -> None:
    logits, every, draws = logits_of(n, 4, 1.0), trees(n), 40_000
    q = Arborescence(logits)
    torch.manual_seed(5)
    z = q.sample((draws,))
    assert z.shape == (draws, 2, n, n)
    p = scores(every, logits).softmax(0)
    same = (z[None] == every[:, None, None]).flatten(3).all(-1)  # [trees, draws, 2]
    assert same.sum(0).eq(1).all()  # each draw is one of the trees
    assert ((same.double().mean(1) - p).abs() < 4.5 * (p * (1 - p) / draws).sqrt() + 1e-9).all()


def test_mode_is_the_most_probable_tree() -> None:
    every = trees(4)
    for seed in range(40):
        logits = logits_of(4, seed)
        best = every[scores(every, logits).argmax(0)]
        assert torch.equal(Arborescence(logits).mode, best)


@pytest.mark.parametrize("n", [5, 12, 30])
def test_heaviest_tree_is_that_of_networkx(n: int) -> None:
    torch.manual_seed(n)
    score = torch.randn(n, n, dtype=D).numpy()
    score[:, 0] -= 2.0  # so that there are cycles to be broken
    graph = nx.DiGraph()
    graph.add_weighted_edges_from((v, u, 50 + score[u, v]) for u in range(1, n) for v in range(n) if u != v)
    theirs = nx.maximum_spanning_arborescence(graph)
    parents = heaviest(score)
    assert sorted((int(p), u) for u, p in enumerate(parents) if u) == sorted(theirs.edges)


def test_padding_changes_nothing() -> None:
    logits = logits_of(3, 6).requires_grad_()
    wide = torch.full((2, 6, 6), NEVER, dtype=D)
    wide[1, 5, 5] = 3.0  # the diagonal is not read
    wide[:, :3, :3] = logits
    q, p = Arborescence(logits), Arborescence(wide)
    torch.testing.assert_close(p.log_partition(), q.log_partition())
    torch.testing.assert_close(p.probs[:, :3, :3], q.probs)
    torch.testing.assert_close(p.relax(wide / 100)[:, :3, :3], q.relax(logits / 100))
    torch.testing.assert_close(entropy(p), entropy(q))
    others = torch.zeros(3, dtype=torch.long), torch.eye(6, dtype=D)[[0, 0, 0]]
    for z in (p.sample(), p.mode, p.probs):
        assert torch.equal(z[:, 3:], others[1].expand(2, 3, 6))
    value = torch.zeros(2, 6, 6, dtype=D)
    value[:, :3, :3] = q.mode
    value[:, 3:, 4] = 1  # whatever stands in the padding
    torch.testing.assert_close(log_prob(p, value), log_prob(q, q.mode))
    for total, parameter in ((p.log_prob(value).sum(), logits), (p.probs[:, 1, 2].sum(), logits)):
        gradient = torch.autograd.grad(total, parameter, retain_graph=True)[0]
        assert gradient.isfinite().all()
        assert gradient[:, 1:].abs().sum() > 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("spread", [1.0, 30.0, 1e4])
def test_fifty_nodes(spread: float, dtype: torch.dtype) -> None:
    torch.manual_seed(7)
    logits = (spread * torch.randn(4, 50, 50)).to(dtype).requires_grad_()
    q = Arborescence(logits)
    probs = q.probs
    assert probs.dtype == dtype
    assert ((probs >= 0) & (probs <= 1)).all()
    torch.testing.assert_close(probs.float().sum(-1), torch.ones(4, 50), atol=2e-2, rtol=0)
    (probs * torch.randn(50, 50).to(dtype)).sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    z = q.sample()
    assert z.dtype == dtype
    assert (q.log_prob(z) <= 0).all()
    assert (q.log_prob(q.mode) >= q.log_prob(z)).all()


def test_roots_that_are_hardly_ever_chosen() -> None:
    """All edges to the root exp(-60) or less beside the others: exactly one is in the tree, which float64
    determinants and inverses lose. With equal weights otherwise it is each node's with probability 1 / 9."""
    for least in (-60, -2000):
        logits = torch.zeros(10, 10, dtype=D)
        logits[:, 0] = least
        torch.testing.assert_close(Arborescence(logits).probs[1:, 0], torch.full((9,), 1 / 9, dtype=D))
        # exp(least) * 9 * the number of undirected trees of 9 nodes, by Cayley's formula
        exact = least + torch.tensor(9.0**8, dtype=D).log()
        torch.testing.assert_close(Arborescence(logits).log_partition(), exact)


def test_numbers_of_trees() -> None:
    """Cayley's formula: n ^ (n - 2) trees."""
    for n in (2, 5, 20):
        total = Arborescence(torch.zeros(n, n)).log_partition()
        torch.testing.assert_close(total, (n - 2) * torch.tensor(float(n), dtype=D).log())


def test_expand() -> None:
    q = Arborescence(logits_of(3))
    wide = q.expand((5, 2))
    assert wide.sample().shape == (5, 2, 3, 3)
    torch.testing.assert_close(wide.entropy(), q.entropy().expand(5, 2))
