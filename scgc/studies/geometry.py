"""The geometry of codes: a grid in the space of two factors, as the codes see it (figures 4.4, B.2, B.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from scgc.data.factors import Factor
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.studies import NothingToShow
from scgc.metrics import mig
from scgc.studies.picture import COLOURS, INK, bare, figure
from scgc.studies.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 5
MANY = 4000
"""Examples over which the gap of a run is computed."""


def geometry(subjects: Sequence[Subject], names: Sequence[str], lines: int) -> Figure:
    """First the grid, `lines` values of either factor; then its image in the codes of each run, the greatest
    mutual information gap first. A run with more than two codes is shown in the two that tell most of the
    factors."""
    truth = subjects[0].data.truth
    table = truth.factors if truth is not None else ()
    first, second = (_place(subjects[0], table, name) for name in names)
    points = _grid(table, first, second, lines)
    panels = []
    for subject in subjects:
        codes, score = _of(subject, points, first, second)
        panels.append((score, codes))
    panels.sort(key=lambda p: -p[0])
    own = points[:, (first, second)]
    return _drawn([("factors", own), *((f"MIG {score:.2f}", codes) for score, codes in panels)], lines)


def _place(subject: Subject, table: Sequence[Factor], name: str) -> int:
    names = [f.name for f in table]
    if name not in names:
        known = f"there are {', '.join(names)}." if names else "its data has none."
        fault = NothingToShow(span=None, path=str(subject.path), missing=f"factor `{name}`", advice=known)
        raise ProgramError((fault,))
    return names.index(name)


def _grid(table: Sequence[Factor], first: int, second: int, lines: int) -> Tensor:
    """Combinations `[lines^2, F]`: a grid of two factors, the others at their middle."""
    middle = [(f.values - 1) // 2 if f.values else (f.low + f.high) / 2 for f in table]
    points = torch.tensor(middle).repeat(lines * lines, 1)
    sides = [_side(table[i], lines) for i in (first, second)]
    points[:, first] = sides[0].repeat_interleave(lines).to(points.dtype)
    points[:, second] = sides[1].repeat(lines).to(points.dtype)
    return points


def _side(factor: Factor, lines: int) -> Tensor:
    if factor.values is None:
        return torch.linspace(factor.low, factor.high, lines)
    return torch.linspace(0, factor.values - 1, lines).round()


def _of(subject: Subject, points: Tensor, first: int, second: int) -> tuple[Tensor, float]:
    """The codes of a grid, two of them, and the gap of the run."""
    batch = subject.examples(MANY)
    codes = subject.codes(batch)
    factors = subject.data.factors["test"].take(torch.arange(len(codes)))
    seen = subject.observed(points)
    chosen = _telling(seen, points[:, (first, second)])
    return seen[:, chosen], mig(codes.numpy(), factors.numpy())


def _telling(codes: Tensor, factors: Tensor) -> tuple[int, int]:
    """The two codes that say most of two factors, in their order; both where there are only two."""
    from scgc.metrics.arrays import binned, pair
    from scgc.metrics.information import mutual_information

    if codes.shape[1] == 2:
        return 0, 1
    found, known = pair(codes.numpy(), factors.numpy())
    told = mutual_information(binned(found), known)
    one = int(told[:, 0].argmax())
    told[one] = -1
    return one, int(told[:, 1].argmax())


def _drawn(panels: Sequence[tuple[str, Tensor]], lines: int) -> Figure:
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    drawn = figure(1.8 * columns, 1.95 * rows)
    grid = list(drawn.subplots(rows, columns, squeeze=False).flat)
    for axes, (title, points) in zip(grid, panels, strict=False):
        _lattice(axes, points.view(lines, lines, 2), title)
    for empty in grid[len(panels) :]:
        empty.set_visible(False)
    return drawn


def _lattice(axes: Any, points: Tensor, title: str) -> None:
    """Lines along which one factor stays the same, in a colour for each factor."""
    for line in points:
        axes.plot(*line.T.numpy(), color=COLOURS[0], linewidth=0.8)
    for line in points.transpose(0, 1):
        axes.plot(*line.T.numpy(), color=COLOURS[1], linewidth=0.8)
    axes.plot(*points.flatten(0, 1).T.numpy(), ".", color=INK, markersize=2)
    bare(axes, title)
    axes.set_box_aspect(1)
    axes.set_aspect("equal", adjustable="datalim")  # a rotation is seen as one
