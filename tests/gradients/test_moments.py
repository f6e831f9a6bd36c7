"""Bias and variance of vectors whose own are known."""

import pytest
import torch
from torch import Tensor

from scgc.gradients.moments import GROUPS, Draws, bias


def drawn(mean: Tensor, noise: float, seed: int, size: int = 5) -> Draws:
    random = torch.Generator().manual_seed(seed)
    draws = Draws()
    for _ in range(GROUPS):
        draws.add([mean + noise * torch.randn(len(mean), generator=random) for _ in range(size)])
    return draws


def test_variance_is_the_trace_of_the_covariance():
    assert drawn(torch.ones(40), 0.5, 0).variance == pytest.approx(40 * 0.25, rel=0.1)
    assert drawn(torch.full((40,), 1 / 3), 0.0, 0).variance == 0


@pytest.mark.parametrize("noisy", [False, True], ids=["exact", "drawn"])
def test_intervals_hold_the_bias(noisy: bool):
    """In about 95 of 100 cases, whether there is a bias or none."""
    for length in (0.0, 0.3):
        away = torch.zeros(10)
        away[0] = length
        held = 0
        for seed in range(60):
            truth = drawn(torch.zeros(10), 0.5 if noisy else 0.0, 1000 + seed)
            found = bias(drawn(away, 1.0, seed), truth)
            held += found.low <= length <= found.high
        assert held >= 54


def test_a_square_without_what_noise_adds():
    squares = [bias(drawn(torch.zeros(10), 1.0, s), drawn(torch.zeros(10), 0.0, s)).square for s in range(60)]
    assert abs(sum(squares) / len(squares)) < 0.02  # with the noise it would be 10 / 100
