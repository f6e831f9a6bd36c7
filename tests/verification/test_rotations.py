"""Why Gaussian codes may lie turned (thesis 4.2.3): theorem 2, lemma 3 and both examples; grids may not.

The thesis writes sigma for the variances on the diagonal of the covariance.
"""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from verdict import compiled

PROGRAM = """
input mean, variance : real[{n}]
z ~ Normal(mean = mean, std = sqrt(variance)) prior Normal(mean = 0, std = 1)
loss rate = kl(z)
"""
few = settings(max_examples=40, deadline=None, derandomize=True)


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Between all rows, to the last digits."""
    return (a[:, None] - b).square().sum(-1).sqrt()


def rotation(n: int, i: int, j: int, angle: float) -> Tensor:
    """R that turns axes i and j."""
    turned = torch.eye(n, dtype=torch.float64)
    turned[i, i] = turned[j, j] = math.cos(angle)
    turned[i, j], turned[j, i] = -math.sin(angle), math.sin(angle)
    return turned


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ((1, 2), [[0.2, 0, 0], [0, 0.3, -0.1], [0, -0.1, 0.3]]),  # example 1: other variances
        ((0, 1), [[0.2, 0, 0], [0, 0.2, 0], [0, 0, 0.4]]),  # example 2: equal ones
    ],
)
def test_the_examples(axes: tuple[int, int], expected: list[list[float]]) -> None:
    covariance = torch.diag(torch.tensor([0.2, 0.2, 0.4], dtype=torch.float64))
    turned = rotation(3, *axes, math.pi / 4)
    torch.testing.assert_close(turned @ covariance @ turned.T, torch.tensor(expected, dtype=torch.float64))


@given(st.integers(2, 6), st.floats(0, 2 * math.pi), st.integers(0, 2**31), st.data())
@few
def test_theorem_2(n: int, angle: float, seed: int, data: st.DataObject) -> None:
    """Draws of a compiled node with two equal variances, turned in these two axes, have the distribution of
    the node whose mean is turned; its divergence from the prior is the same. Lemma 3 is n = 2."""
    i, j = data.draw(st.permutations(range(n)).map(lambda p: p[:2]))
    random = torch.Generator().manual_seed(seed)
    mean = torch.randn(n, generator=random, dtype=torch.float64)
    variance = torch.rand(n, generator=random, dtype=torch.float64) + 0.1
    variance[j] = variance[i]
    turned = rotation(n, i, j, angle)
    covariance = torch.diag(variance)
    torch.testing.assert_close(turned @ covariance @ turned.T, covariance)

    model, count = compiled(PROGRAM.format(n=n)), 20_000
    torch.manual_seed(seed % 2**31)
    before = model(mean=mean.expand(count, n), variance=variance.expand(count, n))
    after = model(mean=(turned @ mean).expand(count, n), variance=variance.expand(count, n))
    torch.testing.assert_close(before.rate, after.rate)
    drawn = before.z @ turned.T
    for found in (drawn, after.z):  # six standard errors
        error = (found.mean(0) - turned @ mean).abs() / (variance / count).sqrt()
        assert error.max() < 6
        spread = (variance[:, None] * variance).sqrt() * (2 / count) ** 0.5
        assert ((torch.cov(found.T) - covariance).abs() / spread).max() < 6


@given(st.floats(0.05, math.pi / 2 - 0.05), st.integers(3, 8))
@few
def test_a_grid_is_turned_onto_itself_by_right_angles_only(angle: float, m: int) -> None:
    """The grid of codes, centred: its nearest neighbours lie along the axes, the next ones sqrt(2) as far."""
    line = torch.linspace(-1, 1, m, dtype=torch.float64)
    grid = torch.cartesian_prod(line, line)

    def onto_itself(by: float) -> bool:
        turned = grid @ rotation(2, 0, 1, by).T
        return bool((distances(turned, grid).amin(1) < 1e-9).all())

    assert onto_itself(math.pi / 2) and onto_itself(math.pi) and not onto_itself(angle)
    apart = distances(grid, grid)
    near = apart[apart > 1e-9].min()
    straight = ((grid[:, None] - grid).abs() < 1e-9).any(-1)
    torch.testing.assert_close(apart[~straight].min(), near * 2**0.5)
