"""Pictures of tables: values of runs as violins or densities, and rank correlations as numbers in a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scgc.studies.picture import FAINT, INK, colours, figure, plain
from scgc.studies.results import Reals, Results
from scgc.studies.statistics import Comparison, best_shares, correlation, spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 3
"""Panels in a row."""


def violins(tables: Sequence[Results], names: Sequence[str]) -> Figure:
    """A panel for each value and in it a violin for each table, with its runs, their quartiles and their
    median (figures B.4 and B.5)."""
    drawn, panels = _panels(len(names), 0.62 * len(tables) + 0.9)
    for axes, name in zip(panels, names, strict=True):
        for i, (table, colour) in enumerate(zip(tables, colours(len(tables)), strict=True)):
            _violin(axes, i, _known(table, name), colour)
        axes.set_xticks(range(len(tables)), [t.label for t in tables])
        axes.set_xlim(-0.6, len(tables) - 0.4)
        axes.grid(axis="y", color=FAINT, linewidth=0.8)
        plain(axes, name)
    return drawn


def densities(tables: Sequence[Results], names: Sequence[str]) -> Figure:
    """A panel for each value and in it a density for each table (figures 6.2 and 6.3)."""
    drawn, panels = _panels(len(names), 2.4)
    for axes, name in zip(panels, names, strict=True):
        for table, colour in zip(tables, colours(len(tables)), strict=True):
            _density(axes, _known(table, name), colour, table.label)
        axes.set_yticks([])
        axes.set_ylim(bottom=0)
        plain(axes, name)
        axes.spines["left"].set_visible(False)
    panels[0].legend(fontsize=8, frameon=False, labelcolor=INK)
    return drawn


def correlations(tables: Sequence[Results], names: Sequence[str], against: str) -> Figure:
    """The rank correlation of each value with one over the runs of each table, in percent (figures 6.1, 6.3
    and B.1)."""
    found = np.array([[correlation(t, n, against) for t in tables] for n in names])
    drawn = figure(1.6 + 0.75 * len(tables), 0.7 + 0.36 * len(names))
    axes = drawn.subplots()
    axes.imshow(found, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(found):
        shown = "" if np.isnan(value) else f"{100 * value:.0f}"
        colour = "white" if abs(value) > 0.6 else INK
        axes.text(j, i, shown, ha="center", va="center", fontsize=9, color=colour)
    axes.set_xticks(range(len(tables)), [t.label for t in tables], fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.tick_params(length=0, colors=INK)
    axes.spines[:].set_visible(False)
    axes.set_title(f"rank correlation with {against}, %", loc="left", fontsize=9, color=INK)
    return drawn


def best(tables: Sequence[Results], comparison: Comparison) -> Figure:
    """In what share of the cases each table, or variant in it, is the best: `best_shares` (figure 6.4)."""
    methods = [method for table in tables for method in table.variants()]
    shares = best_shares(methods, comparison)
    drawn = figure(4.2, 0.6 + 0.34 * len(methods))
    axes = drawn.subplots()
    axes.barh(range(len(methods)), [100 * s for s in shares], color=colours(len(methods)), height=0.62)
    for i, share in enumerate(shares):
        axes.annotate(f"{100 * share:.0f}", (100 * share, i), xytext=(3, 0), textcoords="offset points",
                      va="center", fontsize=8, color=INK)  # fmt: skip
    axes.set_yticks(range(len(methods)), [t.label for t in methods])
    axes.invert_yaxis()
    axes.set_xlim(0, 108)
    plain(axes, f"best {comparison.title}, %")
    return drawn


def _panels(count: int, width: float) -> tuple[Figure, list[Any]]:
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    drawn = figure(max(width, 1.9) * columns, 2.2 * rows)
    panels = list(drawn.subplots(rows, columns, squeeze=False).flat)
    for empty in panels[count:]:
        empty.set_visible(False)
    return drawn, panels[:count]


def _known(table: Results, name: str) -> Reals:
    values = table.column(name)
    return values[np.isfinite(values)]


def _violin(axes: Any, place: int, values: Reals, colour: str) -> None:
    if len(values) > 2 and values.std() > 0:
        for body in axes.violinplot(values, [place], widths=0.85, showextrema=False)["bodies"]:
            body.set(facecolor=colour, alpha=0.35, edgecolor="none")
    jitter = np.random.default_rng(0).uniform(-0.08, 0.08, len(values))
    axes.plot(place + jitter, values, ".", color=colour, markersize=5, alpha=0.8, markeredgewidth=0)
    middle = spread(values)
    axes.plot([place, place], [middle.low, middle.high], color=INK, linewidth=2.2, solid_capstyle="butt")
    axes.plot(place, middle.median, "o", color="white", markeredgecolor=INK, markersize=4.5)


def _density(axes: Any, values: Reals, colour: str, label: str) -> None:
    """A Gaussian kernel estimate, with a line at the median."""
    from scipy.stats import gaussian_kde

    if len(values) < 3 or values.std() == 0:
        for value in values:
            axes.axvline(value, color=colour, label=label)
        return
    kernel = gaussian_kde(values)
    room = 3 * float(kernel.covariance[0, 0]) ** 0.5
    where = np.linspace(values.min() - room, values.max() + room, 300)
    height = kernel(where)
    axes.plot(where, height, color=colour, linewidth=1.6, label=label)
    axes.fill_between(where, height, color=colour, alpha=0.18, linewidth=0)
    axes.axvline(spread(values).median, color=colour, linewidth=1, linestyle=(0, (3, 2)))
