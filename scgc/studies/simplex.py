"""The Gumbel-softmax distribution: its density on the triangle, and of a point on a line.

A draw is softmax((log theta + s G) / tau) with G Gumbel noise. Its density is that of Maddison et al. 2017,
eq. 22, with temperature tau / s and parameters theta^(1 / s).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import lgamma, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scgc.studies.picture import COLOURS, INK, bare, figure, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Reals = NDArray[np.float64]

FINE = 160
"""Steps along a side of the triangle."""

EDGE = 2e-3
"""How far from the edges, where the density may be infinite, the outermost points are."""

DRAWS = 200_000


def log_density(points: Reals, theta: Sequence[float], tau: float, scale: float) -> Reals:
    """Of points of the simplex `[n, k]`, all entries above 0, as `[n]`."""
    k, ratio = len(theta), tau / scale
    alpha = np.log(np.asarray(theta)) / scale
    logs = alpha - ratio * np.log(points)
    most = logs.max(1, keepdims=True)
    total = most[:, 0] + np.log(np.exp(logs - most).sum(1))
    each = logs.sum(1) - np.log(points).sum(1)
    found: Reals = lgamma(k) + (k - 1) * np.log(ratio) + each - k * total
    return found


def triangles(theta: Sequence[float], taus: Sequence[float], scales: Sequence[float]) -> Figure:
    """The density for three categories: a column for each temperature, a row for each scale (figures 2.11 and
    5.3).

    Colours go by the rank of a point among those of its triangle: densities span many powers of ten.
    """
    points = _inside(FINE)
    flat = points @ np.array([[0, 0], [1, 0], [0.5, sqrt(3) / 2]])
    drawn = figure(1.75 * len(taus), 1.72 * len(scales))
    grid = drawn.subplots(len(scales), len(taus), squeeze=False)
    for row, scale in zip(grid, scales, strict=True):
        for axes, tau in zip(row, taus, strict=True):
            density = log_density(points, theta, tau, scale)
            axes.tricontourf(*flat.T, density.argsort().argsort(), levels=40, cmap="viridis")
            _corners(axes)
            title = f"$\\tau$ = {tau:g}" + (f",  scale {scale:g}" if list(scales) != [1.0] else "")
            bare(axes, title)
    return drawn


def lines(thetas: Sequence[Sequence[float]], tau: float, scale: float) -> Figure:
    """Where a draw lies on the line from 0 to 1 on which the categories are in order (figure 5.7).

    Above the probabilities of the categories, below the distribution of the point.
    """
    drawn = figure(2.5 * len(thetas), 3.0)
    grid = drawn.subplots(2, len(thetas), squeeze=False)
    for (above, below), theta in zip(grid.T, thetas, strict=True):
        shares = np.asarray(theta) / np.sum(theta)
        above.bar(range(1, len(shares) + 1), shares, color=COLOURS[0], width=0.7)
        above.set_xticks(range(1, len(shares) + 1))
        above.set_ylim(0, 1)
        plain(above, "probabilities")
        below.hist(points_on_a_line(theta, tau, scale), bins=80, range=(0, 1), density=True,
                   color=COLOURS[1], linewidth=0)  # fmt: skip
        below.set_yticks([])
        below.set_xlim(0, 1)
        plain(below, "point on the line")
    return drawn


def points_on_a_line(theta: Sequence[float], tau: float, scale: float, draws: int = DRAWS) -> Reals:
    """Draws z . (0, 1 / (m - 1), ..., 1) of a Gumbel-softmax distribution (thesis, eq. 4.13), `[draws]`."""
    noise = np.random.default_rng(0).gumbel(size=(draws, len(theta)))
    with np.errstate(divide="ignore"):
        logits = (np.log(np.asarray(theta, float)) + scale * noise) / tau
    weights = np.exp(logits - logits.max(1, keepdims=True))
    found: Reals = weights @ np.linspace(0, 1, len(theta)) / weights.sum(1)
    return found


def _inside(fine: int) -> Reals:
    """Points of the triangle in their three coordinates, `[n, 3]`."""
    i, j = np.meshgrid(np.arange(fine + 1), np.arange(fine + 1))
    there = i + j <= fine
    whole = np.stack((i[there], j[there], fine - i[there] - j[there]), 1) / fine
    found: Reals = (whole + EDGE) / (1 + 3 * EDGE)
    return found


def _corners(axes: Any) -> None:
    """Room for the triangle, and the numbers of its categories."""
    for place, name in (((-0.04, -0.07), "1"), ((1.04, -0.07), "2"), ((0.5, 0.91), "3")):
        axes.text(*place, name, ha="center", va="center", fontsize=7, color=INK)
    axes.set(xlim=(-0.08, 1.08), ylim=(-0.12, 0.97), aspect="equal")
