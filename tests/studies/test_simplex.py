"""The Gumbel-softmax distribution against its own draws, and proposition 2 of the thesis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scgc.studies.picture import save
from scgc.studies.simplex import _inside, lines, log_density, points_on_a_line, triangles

THETA = (2.0, 0.5, 1.0)


def draws(tau: float, scale: float, count: int = 400_000) -> np.ndarray:
    noise = np.random.default_rng(0).gumbel(size=(count, 3))
    logits = (np.log(THETA) + scale * noise) / tau
    weights = np.exp(logits - logits.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True)


@pytest.mark.parametrize(("tau", "scale"), [(1.0, 1.0), (2.0, 1.0), (1.0, 0.5), (2.0, 1.5)])
def test_the_density_is_that_of_the_draws(tau: float, scale: float):
    """How many draws fall into small squares of the first two coordinates."""
    found = draws(tau, scale)
    side = 0.04
    for place in ((0.3, 0.3), (0.5, 0.2), (0.2, 0.2), (0.6, 0.1)):
        inside = (np.abs(found[:, :2] - place) < side / 2).all(1).mean() / side**2
        point = np.array([[*place, 1 - sum(place)]])
        assert np.exp(log_density(point, THETA, tau, scale)[0]) == pytest.approx(inside, rel=0.12)


def test_the_density_integrates_to_one():
    """Over the triangle, whose area in the first two coordinates is a half."""
    points = _inside(400)
    inner = points[(points > 0.001).all(1)]
    assert np.exp(log_density(inner, THETA, 2.0, 1.0)).mean() / 2 == pytest.approx(1, abs=0.03)


def test_the_support_of_the_point_on_the_line():
    """Proposition 2 (a): between the first and the last category that can be drawn."""
    found = points_on_a_line((0, 1, 0, 2, 0), tau=1, scale=1, draws=20_000)
    assert 0.25 < found.min() < 0.26 and 0.74 < found.max() < 0.75


def test_a_sure_category_is_a_point():
    """Proposition 2 (b)."""
    assert (points_on_a_line((0, 0, 1, 0, 0), tau=1, scale=1, draws=1000) == 0.5).all()
    nearly = points_on_a_line((1e-9, 1e-9, 1, 1e-9, 1e-9), tau=1, scale=1, draws=1000)
    assert np.abs(nearly - 0.5).max() < 1e-3


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_pictures(tmp_path: Path, ending: str):
    for i, drawn in enumerate((triangles(THETA, (0.5, 1), (1, 2)), lines([(1, 2, 0), (0, 0, 1)], 1, 0))):
        path = tmp_path / f"{i}.{ending}"
        save(drawn, path)
        assert path.stat().st_size > 4000
