"""How the documentation's pictures look: plain axes, colours that colour-blind people tell apart.

The name of a line stands beside it, not in a legend.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#555555", "#B8860B")
"""After Okabe and Ito 2008, without those that are too light for text."""

INK = "#333333"

STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "font.size": 11.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "scgc",  # the same picture gives the same file
    "figure.dpi": 150,
}


LONG_NUMBER = re.compile(r"(\d\.\d\d)\d+")
"""A hundredth of a point is enough in a picture."""


def use() -> None:
    """Draw in this look from now on."""
    matplotlib.use("agg")
    matplotlib.rcParams.update(STYLE)


def save(figure: Figure, path: Path) -> None:
    """As SVG, PNG or PDF, by the file's ending; an SVG small and without a date."""
    tight: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.05}
    if path.suffix != ".svg":
        figure.savefig(path, **tight)
        return
    text = StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(text, format="svg", metadata=nothing, **tight)
    path.write_text(LONG_NUMBER.sub(r"\1", text.getvalue()), encoding="utf-8", newline="\n")


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, `gap` apart and within low..high, as far as there is room."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places = list(wanted)
    floor = low
    for i in order:
        places[i] = max(places[i], floor)
        floor = places[i] + gap
    ceiling = high
    for i in reversed(order):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - gap
    return places


def name_lines(axes: Axes, ends: Sequence[tuple[str, str, float]], gap: float) -> None:
    """Names (text, colour, height of the line's end) right of the axes, none over another."""
    low, high = axes.get_ylim()
    right = axes.get_xlim()[1]
    heights = spread([end for _, _, end in ends], gap * (high - low), low, high)
    for (text, colour, _), height in zip(ends, heights, strict=True):
        name_point(axes, text, colour, right, height)


def name_point(axes: Axes, text: str, colour: str, x: float, y: float) -> None:
    """A name right of a point."""
    axes.annotate(text, (x, y), xytext=(8, 0), textcoords="offset points", color=colour, va="center")
