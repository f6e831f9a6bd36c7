"""`enumerate` gives the exact expectation and the exact gradient."""

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

from scgc.runtime import Bernoulli, Categorical, enumerate_support, marginal


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
