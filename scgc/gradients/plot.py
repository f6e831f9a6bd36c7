"""The comparison as a picture: a row of panels for each node, a line of bars for each estimator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scgc.gradients.compare import Row, Table

INK, UNBIASED, BIASED, FAINT = "#333333", "#0072B2", "#D55E00", "#E6E6E6"
"""After Okabe and Ito 2008: colour-blind people tell them apart."""

PANELS = (
    ("bias", "bias, 95 % interval"),
    ("variance", "variance"),
    ("seconds", "ms a step"),
    ("cost", "squared error x ms"),
)


def draw(tables: Sequence[Table], path: Path) -> None:
    """Write it as the path's ending says. Raises OSError."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.use("agg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "scgc", "font.size": 9.0})
    heights = [len(table.rows) + 2.5 for table in tables] or [1.0]
    figure = Figure(figsize=(11, 0.21 * sum(heights) + 0.3), dpi=150, layout="constrained")
    grid = figure.subplots(
        max(1, len(tables)), len(PANELS), squeeze=False, height_ratios=heights, sharey="row"
    )
    for axes, table in zip(grid, tables, strict=False):
        rows = table.rows[::-1]
        for i, (what, title) in enumerate(PANELS):
            _panel(axes[i], rows, what, title)
        axes[0].set_ylabel(f"node {table.node}", color=INK)
    words = "blue: without bias in theory, orange: with bias;  * as the program has it"
    figure.suptitle(words, x=0.01, ha="left", fontsize=8.5, color=INK)
    options: dict[str, Any] = {"metadata": {"Date": None}} if path.suffix == ".svg" else {}
    try:
        figure.savefig(path, **options)
    except ValueError as error:  # an ending that it does not know
        raise OSError(str(error)) from None


def _panel(axes: Any, rows: Sequence[Row], what: str, title: str) -> None:
    """Bars on a logarithmic axis; what is 0 has none and says so."""
    from matplotlib.ticker import NullFormatter

    values = [_value(row, what) for row in rows]
    colours = [UNBIASED if row.unbiased else BIASED for row in rows]
    axes.barh(range(len(rows)), values, color=colours, height=0.62)
    ends = [*values, *(row.bias.high for row in rows)] if what == "bias" else values
    seen = [value for value in ends if value > 0]
    least = min([value for value in values if value > 0] or seen or [1.0])
    if what == "bias":
        for i, row in [(i, row) for i, row in enumerate(rows) if row.bias.high > 1e-12]:
            axes.plot([max(row.bias.low, least / 10), row.bias.high], [i, i], color=INK, linewidth=1.2)
    if seen:
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(least / 2.5 if seen else 0.0, max([*seen, least]) * 2)
    axes.set_yticks(range(len(rows)), [row.clause + (" *" if row.written else "") for row in rows])
    for i, value in enumerate(values):
        if value == 0 and not (what == "bias" and rows[i].bias.high > 0):
            axes.annotate("0", (0, i), xycoords=("axes fraction", "data"), xytext=(3, 0),
                          textcoords="offset points", va="center", fontsize=8, color=INK)  # fmt: skip
    axes.set_title(title, loc="left", fontsize=8.5, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=8, length=2)


def _value(row: Row, what: str) -> float:
    """What a panel shows of a row; what rounding alone makes is 0."""
    found = {
        "bias": row.bias.length,
        "variance": row.variance,
        "seconds": 1000 * row.seconds,
        "cost": 1000 * row.cost,
    }[what]
    return found if found > 1e-12 else 0.0
