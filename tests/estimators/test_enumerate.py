"""`enumerate` gives the exact expectation and the exact gradient."""

from collections.abc import Callable
from itertools import combinations, product
from math import comb
from pathlib import Path

import pytest
import torch
from evidence import rows
from graphs import (
    A,
    B,
    joint_cost,
    lookup,
    parallel_gradients,
    plate_gradient,
    sequence_gradients,
)

import scgc
from scgc.runtime import Bernoulli, Binomial, Categorical, TopK, enumerate_support, marginal


def test_one_node() -> None:
    logits, cost = rows(A, 4).requires_grad_(), torch.tensor([1.0, 5.0, -2.0], dtype=torch.float64)
    q = Categorical(logits=logits)
    z, weight = enumerate_support(q, mode="train")
    assert z.shape == (3, 4, 3)
    loss = marginal(z @ cost, weight)
    assert loss.shape == (1, 4)
    loss.sum().backward()
    p = A.softmax(-1)
    torch.testing.assert_close(loss[0], (p @ cost).expand(4))
    torch.testing.assert_close(logits.grad, (p * (cost - p @ cost)).expand(4, 3))


def test_sequence() -> None:
    a, b = rows(A, 4).requires_grad_(), rows(B, 4).requires_grad_()
    q1 = Categorical(logits=a)
    z1, weight1 = enumerate_support(q1, mode="train")  # [3, 4, 3]
    q2 = Categorical(logits=(z1[..., None] * b).sum(-2))  # [3, 4, 2]
    z2, weight2 = enumerate_support(q2, mode="train")
    assert z2.shape == (2, 3, 4, 2)
    loss = marginal(marginal(lookup(z1, z2), weight2, 1), weight1)
    loss.sum().backward()
    expected, grad_a, grad_b = sequence_gradients()
    torch.testing.assert_close(loss.squeeze(), expected.expand(4))
    torch.testing.assert_close(a.grad, grad_a.expand(4, 3))
    torch.testing.assert_close(b.grad, grad_b.expand(4, 3, 2))


def test_parallel() -> None:
    a, b = rows(A, 4).requires_grad_(), rows(B[0], 4).requires_grad_()
    q1, q2 = Categorical(logits=a), Categorical(logits=b)
    z1, weight1 = enumerate_support(q1, dims=1, mode="train")
    z2, weight2 = enumerate_support(q2, dims=2, mode="train")
    assert z2.shape == (2, 1, 4, 2)
    loss = marginal(marginal(lookup(z1, z2), weight2, 1), weight1)
    loss.sum().backward()
    expected, grad_a, grad_b = parallel_gradients()
    torch.testing.assert_close(loss.squeeze(), expected.expand(4))
    torch.testing.assert_close(a.grad, grad_a.expand(4, 3))
    torch.testing.assert_close(b.grad, grad_b.expand(4, 2))


def test_plate_of_bernoullis() -> None:
    a = rows(A, 4).requires_grad_()
    q = Bernoulli(logits=a)
    z, weight = enumerate_support(q, plates=1, mode="train")
    assert z.shape == (8, 4, 3)
    loss = marginal(joint_cost(z), weight)
    loss.sum().backward()
    expected, grad = plate_gradient()
    torch.testing.assert_close(loss[0], expected.expand(4))
    torch.testing.assert_close(a.grad, grad.expand(4, 3))


def test_plate_of_two_axes_lists_every_joint_value_once() -> None:
    q = Categorical(logits=torch.randn(5, 2, 2, 3))
    z, weight = enumerate_support(q, plates=2, dims=4, mode="train")
    assert z.shape == (81, 1, 5, 2, 2, 3)
    assert len(z[:, 0, 0].flatten(1).unique(dim=0)) == 81
    torch.testing.assert_close(weight.sum(0), torch.ones(1, 5))


def test_refuses_an_absurd_support() -> None:
    with pytest.raises(ValueError, match=r"10 \*\* 40"):
        enumerate_support(Categorical(logits=torch.zeros(2, 40, 10)), plates=1, mode="train")


SUBSETS = """program subsets
param a : real[2, 4] init normal(0, 1)
z ~ TopK(logits = a, k = 2) via enumerate
loss cost = (sum(z * a) - 1) ^ 2 * z[0, 1]
"""
IN_A_NET = """program in_a_net
param a : real[2, 4] init normal(0, 1)
q = TopK(logits = a, k = 2)
net draw(scale : real) -> real[2, 4] {
  z ~ q via enumerate
  return z * scale
}
z = draw(1)
loss cost = (sum(z * a) - 1) ^ 2 * z[0, 1]
"""
COUNTS = """program counts
dim most = 3
param a : real[2] init normal(0, 1)
n ~ Binomial(most, logits = a) via enumerate
loss cost = exp(n[0] * 0.3) * (n[1] - 1) ^ 2 + n[0] * a[1]
"""


def subsets(a: torch.Tensor) -> torch.Tensor:
    """The expected cost of SUBSETS, by sums over all pairs of elements."""
    pairs = [torch.tensor([float(i in p) for i in range(4)]) for p in combinations(range(4), 2)]
    rows = [torch.stack([(row * p).sum() for p in pairs]).softmax(0) for row in a]
    terms = [
        rows[0][i] * rows[1][j] * ((p * a[0]).sum() + (r * a[1]).sum() - 1) ** 2 * p[1]
        for (i, p), (j, r) in product(enumerate(pairs), repeat=2)
    ]
    return torch.stack(terms).sum()


def counts(a: torch.Tensor) -> torch.Tensor:
    """The expected cost of COUNTS."""
    p = a.sigmoid()
    mass = [[comb(3, n) * q**n * (1 - q) ** (3 - n) for n in range(4)] for q in p]
    terms = [
        mass[0][i] * mass[1][j] * (torch.tensor(i * 0.3).exp() * (j - 1) ** 2 + i * a[1])
        for i, j in product(range(4), repeat=2)
    ]
    return torch.stack(terms).sum()


@pytest.mark.parametrize(("text", "expected"), [(SUBSETS, subsets), (IN_A_NET, subsets), (COUNTS, counts)])
def test_subsets_and_counts(
    text: str, expected: Callable[[torch.Tensor], torch.Tensor], tmp_path: Path
) -> None:
    """The loss, its gradient and its Hessian are those of the sum over all values."""
    path = tmp_path / "p.scg"
    path.write_text(text)
    torch.manual_seed(0)
    model = scgc.load(path).train().double()
    exact = expected(model.a)
    loss = model(batch=3).loss
    torch.testing.assert_close(loss, exact)
    (found,), (wanted,) = (torch.autograd.grad(x, model.a, create_graph=True) for x in (loss, exact))
    torch.testing.assert_close(found, wanted)
    weight = torch.arange(1.0, found.numel() + 1).view(found.shape)
    second = [torch.autograd.grad((g * weight).sum(), model.a)[0] for g in (found, wanted)]
    torch.testing.assert_close(*second)


@pytest.mark.parametrize("k", [0, 1, 3])
def test_values_of_subsets(k: int) -> None:
    q = TopK(torch.randn(3), k)
    assert q.values().shape == (q.count, 3)
    assert set(q.values().sum(-1).tolist()) == {float(k)}
    torch.testing.assert_close(q.log_prob(q.values()).exp().sum(), torch.tensor(1.0))


def test_counts_of_their_own_have_no_list() -> None:
    with pytest.raises(ValueError, match="no common list"):
        enumerate_support(Binomial(torch.tensor([2, 3]), logits=torch.zeros(2)), mode="train")


HIDING = "net f(k : int) -> real { y ~ Binomial(k, logits = 0) via enumerate  return y }"
"""An argument that hides what has its name outside."""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("z ~ TopK(logits = zeros(20), k = 5) via enumerate", ""),
        ("z ~ TopK(logits = zeros(40), k = 20) via enumerate", "SCG310"),
        ("z ~ Binomial(5, logits = 0) via enumerate", ""),
        ("z ~ Binomial(65536, logits = 0) via enumerate", "SCG310"),
        ("z ~ Binomial(m, logits = 0) via enumerate", "SCG301"),
        ("z ~ Poisson(1) via enumerate", "SCG301"),
        ("k = most\nnet f() -> real { y ~ Binomial(k, logits = 0) via enumerate  return y }\nz = f()", ""),
        ("k = most\n" + HIDING + "\nz = f(m)", "SCG301"),
    ],
)
def test_what_can_be_listed(line: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "p.scg"
    path.write_text(f"program p\ndim most = 2\ninput m : int\n{line}\nloss c = sum(z) * m\n")
    errors = [d.code for d in scgc.check(path) if d.severity == "error"]
    assert errors == ([code] if code else [])
