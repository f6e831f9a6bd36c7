"""The rendered data sets in docs/factors.md: `python docs/plots/rendered.py -o factors_data.png`."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from scgc.data.factors import GroundTruth
from scgc.data.observing import draw
from scgc.data.rays import Room
from scgc.data.rendering import Circles, ColouredSprites, Sprites
from scgc.studies.picture import bare, figure, save

COUNT = 10


def examples(truth: GroundTruth) -> Tensor:
    """Random ones, `[10, 3, 64, 64]`."""
    table = draw(truth.factors, COUNT, torch.Generator().manual_seed(2))
    return truth.observations(table).expand(-1, 3, -1, -1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    rows = [examples(t) for t in (Sprites(), ColouredSprites(Sprites()), Circles(), Room())]
    drawn = figure(0.62 * COUNT, 0.62 * len(rows))
    for row, line in zip(rows, drawn.subplots(len(rows), COUNT), strict=True):
        for picture, axes in zip(row, line, strict=True):
            axes.imshow(picture.permute(1, 2, 0))
            bare(axes)
    save(drawn, parser.parse_args().output)


if __name__ == "__main__":
    main()
