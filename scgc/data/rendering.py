"""The renderer of sprites: the centre of every pixel is inside an outline or outside, for a batch at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import torch
from torch import Tensor

from scgc.data.factors import Factor, GroundTruth
from scgc.data.sprites import COLOUR, PLACE, SPRITE

SIZE = 64
"""Pixels of a side, if nothing else is asked. What follows is in shares of the side."""

RADIUS = 11 / 64
"""Around its centre, what the largest sprite touches."""

MARGIN = 12 / 64
"""Between the edge of the picture and a centre, at least, so that no sprite is cut."""

WINDOW = 24 / 64
"""The side of a square around a sprite; nothing outside of it is looked at."""

CIRCLE = 0.1 / sqrt(pi)
"""The radius of Spriteworld's circle of size 0.2: its area is a quarter of the square of it."""


@dataclass(frozen=True)
class Sprites:
    """dSprites: squares, ellipses and hearts in six sizes, turned and moved; `side` pixels wide."""

    side: int = SIZE
    factors = SPRITE

    def observations(self, factors: Tensor) -> Tensor:
        """`[b, 5]` to `[b, 1, side, side]`, 0 or 1; codes as integers or as floats."""
        shape, scale, orientation, x, y = factors.float().view(-1, 5, 1, 1).unbind(1)
        margin, window = MARGIN * self.side, round(WINDOW * self.side / 2) * 2
        step = (self.side - 1 - 2 * margin) / 31
        x, y = margin + step * x, margin + step * y
        left, top = x.floor() - window // 2 + 1, y.floor() - window // 2 + 1
        right, down = _offsets(x - left, y - top, window)
        radius, angle = RADIUS * self.side * (0.5 + 0.1 * scale), 2 * pi / 40 * orientation
        cos, sin = angle.cos() / radius, angle.sin() / radius
        u, v = cos * right + sin * down, cos * down - sin * right
        inside = torch.where(shape == 0, _square(u, v), torch.where(shape == 1, _ellipse(u, v), _heart(u, v)))
        return _placed(inside.float(), left, top, self.side)


@dataclass(frozen=True)
class ColouredSprites:
    """C-dSprites: white sprites, each in a colour of its own."""

    white: GroundTruth

    @property
    def factors(self) -> tuple[Factor, ...]:
        return (*self.white.factors, *COLOUR)

    def observations(self, factors: Tensor) -> Tensor:
        """`[b, 8]` to `[b, 3, side, side]`; the colour is the last three columns."""
        return self.white.observations(factors[:, :5]) * factors[:, 5:, None, None]


@dataclass(frozen=True)
class Circles:
    """A circle at a place, rounded to whole pixels: of 64, about 40 places along an axis look different."""

    side: int = SIZE
    factors = PLACE

    def observations(self, factors: Tensor) -> Tensor:
        """`[b, 2]`, shares of the side, to `[b, 1, side, side]`, 0 or 1."""
        x, y = (self.side * factors - 0.5).round().view(-1, 2, 1, 1).unbind(1)
        right, down = _offsets(x, y, self.side)
        return (right**2 + down**2 <= (CIRCLE * self.side) ** 2).float().unsqueeze(1)


def _offsets(x: Tensor, y: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """From centres `[b, 1, 1]` to the pixels of a square: to the right `[b, 1, n]` and down `[b, n, 1]`."""
    pixel = torch.arange(size, device=x.device, dtype=x.dtype)
    return pixel - x, pixel.unsqueeze(1) - y


def _placed(window: Tensor, left: Tensor, top: Tensor, side: int) -> Tensor:
    """Windows `[b, n, n]` in black pictures `[b, 1, side, side]`, corners at `left` and `top` `[b, 1, 1]`."""
    pixel = torch.arange(window.shape[-1], device=window.device)
    place = (top.long() + pixel.unsqueeze(1)) * side + left.long() + pixel
    picture = window.new_zeros(len(window), side * side)
    return picture.scatter_(1, place.flatten(1), window.flatten(1)).view(-1, 1, side, side)


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
