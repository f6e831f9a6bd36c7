"""Curves over the steps of runs, as SVG: a picture for each loss, metric and schedule, all runs in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from scgc.report.reading import Point

WIDTH, HEIGHT = 340, 210
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 24, 24
"""The margins around the field of the curves."""
COLORS = ("#0b5fa5", "#cc2936", "#2e8540", "#8a4fbf", "#c77700", "#00828a", "#5f6670", "#b0307a")
"""Of the runs, in their order; those that follow have them again, with dashes."""
MOST = 600
"""Points of a curve; of more every n-th is drawn, and the last."""


def color(run: int) -> str:
    return COLORS[run % len(COLORS)]


def chart(title: str, curves: Sequence[tuple[int, Sequence[Point]]], last: int) -> str:
    """One picture. curves: the number of a run and its points. last: the step at the right end."""
    finite = [value for _, points in curves for _, value in points if value is not None]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    marks = [m for m in ticks(low, high) if low <= m <= high]
    body = "".join(_level(mark, low, high) for mark in marks)
    body += "".join(
        f'<text class="axis" x="{_x(step, last):.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{_short(step)}</text>"
        for step in ticks(0, last)
        if 0 <= step <= last
    )
    for run, points in curves:
        dash = ' stroke-dasharray="4 3"' if run >= len(COLORS) else ""
        for line in _lines(_thinned(points)):
            places = " ".join(f"{_x(s, last):.1f},{_y(v, low, high):.1f}" for s, v in line)
            if len(line) == 1:
                x, y = places.split(",")
                body += f'<circle cx="{x}" cy="{y}" r="2.5" fill="{color(run)}"/>'
            else:
                body += f'<polyline points="{places}" stroke="{color(run)}"{dash}/>'
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'data-last="{last}" data-left="{LEFT}" data-right="{WIDTH - RIGHT}">'
        f'<text class="title" x="{LEFT}" y="15">{escape(title)}</text>{body}'
        f'<line class="now" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/></svg>'
    )


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers between two, some `about`."""
    raw = (high - low) / about or 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw)
    first = math.ceil(low / step)
    return [i * step for i in range(first, math.floor(high / step) + 1)]


def _level(mark: float, low: float, high: float) -> str:
    y = _y(mark, low, high)
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="axis" x="{LEFT - 5}" y="{y + 3:.1f}" text-anchor="end">{_short(mark)}</text>'
    )


def _x(step: float, last: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * step / max(last, 1)


def _y(value: float, low: float, high: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low)


def _short(number: float) -> str:
    return f"{number:.4g}" if abs(number) < 10_000 else f"{number / 1000:.4g}k"


def _thinned(points: Sequence[Point]) -> list[Point]:
    every = -(-len(points) // MOST) or 1
    kept = list(points[::every])
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def _lines(points: Sequence[Point]) -> list[list[tuple[int, float]]]:
    """The pieces of a curve between values that are no finite numbers."""
    pieces: list[list[tuple[int, float]]] = [[]]
    for step, value in points:
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((step, value))
    return [piece for piece in pieces if piece]
