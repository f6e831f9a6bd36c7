"""The shipped programs are what they say they are."""

from __future__ import annotations

import pytest
import torch

import scgc
from scgc.programs import shipped


@pytest.mark.parametrize(
    ("program", "count"),
    [("mnist_addition", 94_900), ("mnist_addition_baseline", 98_951)],
)
def test_sizes_are_the_thesis_s(program: str, count: int):
    """Thesis A.1.3 gives the numbers of parameters."""
    model = scgc.load(program)
    assert sum(p.numel() for p in model.parameters()) == count


@pytest.mark.parametrize("program", shipped())
def test_no_program_has_errors_and_each_says_what_it_is(program: str):
    assert [d.code for d in scgc.check(program) if d.severity == "error"] == []
    assert scgc.Compilation.of(program).program.doc


def test_a_training_loop_of_ones_own():
    torch.manual_seed(0)
    model = scgc.load("bandit")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    mean = torch.tensor([0.0, 0.2, 0.4, 1.0])
    for step in range(200):
        model.advance(t=step)
        out = model(reward=mean + 0.1 * torch.randn(32, 4))
        optimizer.zero_grad()
        out.loss.backward()
        optimizer.step()
    assert model.theta.softmax(0)[3] > 0.9
    copy = scgc.load("bandit")
    copy.load_state_dict(model.state_dict())
    assert torch.equal(copy.theta, model.theta)
