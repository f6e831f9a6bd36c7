"""The renderer of sprites: the centre of every pixel is inside an outline or outside, for a batch at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import torch
from torch import Tensor

from scgc.data.factors import Factor, GroundTruth
from scgc.data.sprites import COLOUR, PLACE, SPRITE

SIZE = 64
"""Pixels of a side."""

RADIUS = 11.0
"""Pixels around its centre that the largest sprite touches."""

MARGIN = 12.0
"""Pixels between the edge of the picture and a centre, at least, so that no sprite is cut."""

WINDOW = 24
"""Pixels of the side of a square around a sprite; nothing outside of it is looked at."""

CIRCLE = 0.1 * SIZE / sqrt(pi)
"""The radius, in pixels, of Spriteworld's circle of size 0.2: its area is a quarter of the square of it."""


class Sprites:
    """dSprites: squares, ellipses and hearts in six sizes, turned and moved."""

    factors = SPRITE

    def observations(self, factors: Tensor) -> Tensor:
        """`[b, 5]` to `[b, 1, 64, 64]`, 0 or 1; codes as integers or as floats."""
        shape, scale, orientation, x, y = factors.float().view(-1, 5, 1, 1).unbind(1)
        step = (SIZE - 1 - 2 * MARGIN) / 31
        x, y = MARGIN + step * x, MARGIN + step * y
        left, top = x.floor() - WINDOW // 2 + 1, y.floor() - WINDOW // 2 + 1
        right, down = _offsets(x - left, y - top, WINDOW)
        radius, angle = RADIUS * (0.5 + 0.1 * scale), 2 * pi / 40 * orientation
        cos, sin = angle.cos() / radius, angle.sin() / radius
        u, v = cos * right + sin * down, cos * down - sin * right
        inside = torch.where(shape == 0, _square(u, v), torch.where(shape == 1, _ellipse(u, v), _heart(u, v)))
        return _placed(inside.float(), left, top)


@dataclass(frozen=True)
class ColouredSprites:
    """C-dSprites: white sprites, each in a colour of its own."""

    white: GroundTruth

    @property
    def factors(self) -> tuple[Factor, ...]:
        return (*self.white.factors, *COLOUR)

    def observations(self, factors: Tensor) -> Tensor:
        """`[b, 8]` to `[b, 3, 64, 64]`; the colour is the last three columns."""
        return self.white.observations(factors[:, :5]) * factors[:, 5:, None, None]


class Circles:
    """A circle at a place, which is rounded to whole pixels: about 40 places along an axis look different."""

    factors = PLACE

    def observations(self, factors: Tensor) -> Tensor:
        """`[b, 2]`, shares of the side, to `[b, 1, 64, 64]`, 0 or 1."""
        x, y = (SIZE * factors - 0.5).round().view(-1, 2, 1, 1).unbind(1)
        right, down = _offsets(x, y, SIZE)
        return (right**2 + down**2 <= CIRCLE**2).float().unsqueeze(1)


def _offsets(x: Tensor, y: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """From centres `[b, 1, 1]` to the pixels of a square: to the right `[b, 1, n]` and down `[b, n, 1]`."""
    pixel = torch.arange(size, device=x.device, dtype=x.dtype)
    return pixel - x, pixel.unsqueeze(1) - y


def _placed(window: Tensor, left: Tensor, top: Tensor) -> Tensor:
    """Windows `[b, n, n]` in black pictures `[b, 1, 64, 64]`, corners at `left` and `top` `[b, 1, 1]`."""
    pixel = torch.arange(window.shape[-1], device=window.device)
    place = (top.long() + pixel.unsqueeze(1)) * SIZE + left.long() + pixel
    picture = window.new_zeros(len(window), SIZE * SIZE)
    return picture.scatter_(1, place.flatten(1), window.flatten(1)).view(-1, 1, SIZE, SIZE)


# outlines in coordinates in which the circle around a sprite has radius 1; v points down


def _square(u: Tensor, v: Tensor) -> Tensor:
    return torch.maximum(u.abs(), v.abs()) <= sqrt(0.5)


def _ellipse(u: Tensor, v: Tensor) -> Tensor:
    return u * u + 4 * (v * v) <= 1


def _heart(u: Tensor, v: Tensor) -> Tensor:
    """(x^2 + y^2 - 1)^3 <= x^2 y^3, whose farthest point is 1.3 from its centre."""
    x, y = 1.3 * u, -1.3 * v
    square = y * y
    ring = x * x + square - 1
    return ring * ring * ring <= x * x * square * y
