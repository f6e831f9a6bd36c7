"""`straight_through`: a hard value with the gradient of the probabilities (Bengio et al. 2013)."""

import pytest
import torch
from evidence import assert_mean, rows
from graphs import A

from scgc.runtime import Bernoulli, Categorical, straight_through


@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_value_and_gradient(family: type[Categorical] | type[Bernoulli]) -> None:
    torch.manual_seed(0)
    logits = rows(A, 20_000).requires_grad_()
    q, weights = family(logits=logits), torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    z = straight_through(q, mode="train")
    assert torch.equal(z, z.round())
    assert_mean(z.detach(), family(logits=A).probs)
    # a cost that is not linear: its slope is taken at the hard value
    (z**2 * weights).sum().backward()
    again = A.clone().expand(20_000, 3).clone().requires_grad_()
    (family(logits=again).probs * 2 * z.detach() * weights).sum().backward()
    torch.testing.assert_close(logits.grad, again.grad)
