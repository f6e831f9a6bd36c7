"""The moving average uses what was before the current cost, and only training changes it."""

import pytest
import torch

from scgc.runtime import Categorical, MovingAverage, log_prob, score, scored


def test_value_from_before() -> None:
    average = MovingAverage(decay=0.9)
    assert average(torch.tensor([5.0, 7.0])) == 0
    assert float(average(torch.tensor(100.0))) == pytest.approx(6)
    assert float(average(torch.tensor(0.0))) == pytest.approx((0.9 * 0.1 * 6 + 0.1 * 100) / (1 - 0.9**2))


def test_evaluation_leaves_it_alone() -> None:
    average = MovingAverage()
    average(torch.tensor(3.0))
    average.eval()
    before = {k: v.clone() for k, v in average.state_dict().items()}
    assert set(before) == {"mean", "seen"}
    assert float(average(torch.tensor(50.0))) == pytest.approx(3)
    assert all(torch.equal(v, before[k]) for k, v in average.state_dict().items())


def test_current_cost_does_not_leak_into_the_gradient() -> None:
    """The weight of the log-probability is cost - (mean before), not cost - (mean with it)."""
    torch.manual_seed(0)
    average = MovingAverage(decay=0.5)
    average(torch.tensor(2.0))
    logits = torch.zeros(1, 3, requires_grad=True)
    q = Categorical(logits=logits)
    z = score(q, mode="train")
    cost = torch.tensor([10.0])
    scored(cost, log_prob(q, z), baseline=average(cost)).backward()
    torch.testing.assert_close(logits.grad, (10.0 - 2.0) * (z - q.probs.detach()))
    assert float(average.eval()(torch.tensor(0.0))) == pytest.approx((0.5 * 0.5 * 2 + 0.5 * 10) / 0.75)


def test_keeps_no_graph() -> None:
    average = MovingAverage()
    cost = torch.ones(3, requires_grad=True)
    average(cost * 2)
    assert not average(cost * 2).requires_grad
