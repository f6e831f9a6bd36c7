"""What a decoder makes of codes: reconstructions, and what changes along each code (figures 5.8 and 6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from scgc.studies.picture import INK, bare, figure
from scgc.studies.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MANY = 1000
"""Test examples that say how far a code goes."""

INPUT = "x"


def traversals(subject: Subject, decoder: str, count: int, steps: int) -> Figure:
    """At the left `count` test examples and what comes back of them; at the right the code of the first one,
    changed along one dimension in each row, from the least to the greatest value that test examples have."""
    decode = subject.decoder(decoder)
    batch = subject.examples(MANY)
    codes = subject.codes(batch)
    shown = batch[INPUT][:count], decode(codes[:count])
    rows = torch.stack([decode(varied(codes, i, steps)) for i in range(codes.shape[1])])
    return _drawn(shown, rows, subject.code)


def varied(codes: Tensor, which: int, steps: int) -> Tensor:
    """The first code `[steps, n]`, one dimension going from its least value among `codes` to its greatest."""
    changed = codes[:1].repeat(steps, 1)
    changed[:, which] = torch.linspace(float(codes[:, which].min()), float(codes[:, which].max()), steps)
    return changed


def _drawn(shown: tuple[Tensor, Tensor], rows: Tensor, code: str) -> Figure:
    steps, lines = rows.shape[1], max(len(shown[0]), len(rows))
    drawn = figure(0.55 * (steps + 3.2), 0.55 * lines + 0.35)
    sides = drawn.add_gridspec(1, 2, width_ratios=(2, steps), wspace=0.08)
    columns = sides[0].subgridspec(lines, 2, wspace=0.04, hspace=0.04).subplots(squeeze=False)
    for side, (pictures, title) in enumerate(zip(shown, ("test", "decoded"), strict=True)):
        for i, axes in enumerate(columns[:, side]):
            _image(axes, pictures[i] if i < len(pictures) else None, title if i == 0 else "")
    grid = sides[1].subgridspec(lines, steps, wspace=0.04, hspace=0.04).subplots(squeeze=False)
    for empty in grid[len(rows) :].flat:
        _image(empty, None)
    for i, pictures in enumerate(rows):
        for axes, picture in zip(grid[i], pictures, strict=True):
            _image(axes, picture)
        grid[i][0].set_ylabel(f"{code}[{i}]", fontsize=7, color=INK, rotation=0, ha="right", va="center")
    return drawn


def _image(axes: Any, picture: Tensor | None, title: str = "") -> None:
    """A picture `[C, H, W]`, in colour if it has three channels, else their mean in grey; or nothing."""
    bare(axes, title)
    if picture is None:
        axes.set_visible(False)
        return
    shown = picture.permute(1, 2, 0) if len(picture) == 3 else picture.mean(0)
    axes.imshow(shown.numpy(), cmap="gray", vmin=0, vmax=1)
