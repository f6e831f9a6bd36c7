"""How the pictures of studies look, and how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, FAINT = "#333333", "#E6E6E6"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#555555", "#B8860B")
"""After Okabe and Ito 2008: colour-blind people tell them apart."""


def figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, in the look of all of them."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.use("agg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "scgc", "font.size": 9.0})
    return Figure(figsize=(width, height), dpi=150, layout="constrained")


def plain(axes: Any, title: str = "") -> None:
    """Axes without a box."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=8, length=2)
    axes.set_title(title, loc="left", fontsize=9, color=INK)
    axes.set_axisbelow(True)


def bare(axes: Any, title: str = "") -> None:
    """Axes that show an image alone."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=8, color=INK, pad=3)


def save(drawn: Figure, path: Path) -> None:
    """As the ending says: svg, png or pdf; an SVG without a date. Raises OSError."""
    options: dict[str, Any] = {"metadata": {"Date": None}} if path.suffix == ".svg" else {}
    try:
        drawn.savefig(path, **options)
    except ValueError as error:  # an ending that it does not know
        raise OSError(str(error)) from None


def colours(count: int) -> Sequence[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]
