"""The renderer of the room: the nearest thing on the ray through the centre of every pixel.

What is seen depends on shape, scale and orientation alone, 480 cases: they are rendered once, as which
surface a pixel shows and how bright it is, and a picture is then a matter of colours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import inf, radians, tan

import torch
import torch.nn.functional as F
from torch import Tensor

from scgc.data.room import ROOM

FLOOR, WALL, OBJECT = range(3)

EYE = (0.0, -6.0, 3.2)
"""Where the camera is at orientation 0; x is to the right, y away from it, z up."""

TARGET = (0.0, 0.0, 0.9)
FIELD = radians(44)
"""The angle that the picture spans."""

WIDTH = 3.3
"""From the middle of the room to the walls at both sides and behind."""

LIGHT = (-0.45, -0.6, 0.66)
AMBIENT = 0.45

Hit = tuple[Tensor, Tensor]
"""Distances along rays `[..., n]`, infinite where nothing is hit, and normals `[..., n, 3]`."""


@dataclass(frozen=True)
class Room:
    """Shapes3D anew: ten hues of floor, wall and object, four solids in eight sizes, seen from 15 sides."""

    side: int = 64
    factors = ROOM

    def observations(self, factors: Tensor) -> Tensor:
        """`[b, 6]` to `[b, 3, side, side]`."""
        scale, shape, orientation = factors[:, 3:].long().unbind(1)
        surface, shade = scenes(self.side, str(factors.device))
        case = (shape * 8 + scale) * 15 + orientation
        colours = hues(str(factors.device))[factors[:, :3].long()]
        seen = colours.gather(1, surface[case].long().unsqueeze(2).expand(-1, -1, 3))
        return (seen * shade[case].unsqueeze(2)).transpose(1, 2).reshape(-1, 3, self.side, self.side)


@cache
def hues(device: str) -> Tensor:
    """Ten saturated colours around the circle, `[10, 3]`."""
    angle = torch.arange(10) / 10 * 6
    ramp = [(angle - centre + 3) % 6 - 3 for centre in (0, 2, 4)]
    return torch.stack([(2 - r.abs()).clamp(0, 1) for r in ramp], 1).to(device)


@cache
def scenes(side: int, device: str) -> tuple[Tensor, Tensor]:
    """Of every shape, scale and orientation, `[480, pixels]`: what a pixel shows, uint8, and how bright."""
    eye, ray = _camera(torch.linspace(-30, 30, 15).deg2rad(), side)
    size = torch.linspace(0.75, 1.25, 8).view(8, 1, 1)
    surfaces, shades = [], []
    behind = _room(eye, ray)
    for solid in (_cube, _cylinder, _sphere, _capsule):
        surface, shade = _seen(behind, solid(eye, ray, size))
        surfaces.append(surface.flatten(0, 1))
        shades.append(shade.flatten(0, 1))
    return torch.cat(surfaces).to(device), torch.cat(shades).to(device)


def _camera(angle: Tensor, side: int) -> Hit:
    """The eye `[15, 1, 3]` and rays `[15, pixels, 3]` of a camera that went around by these angles."""
    cos, sin, nil, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    turn = torch.stack((cos, -sin, nil, sin, cos, nil, nil, nil, one), 1).view(-1, 3, 3)
    eye, target = torch.tensor(EYE), torch.tensor(TARGET)
    ahead = F.normalize(target - eye, dim=0)
    right = torch.tensor([1.0, 0.0, 0.0])
    up = torch.linalg.cross(right, ahead)
    place = tan(FIELD / 2) * ((torch.arange(side) + 0.5) / side * 2 - 1)
    ray = ahead + place.view(1, -1, 1) * right - place.view(-1, 1, 1) * up
    turned = F.normalize(ray.view(-1, 3), dim=1) @ turn.transpose(1, 2)
    return (turn @ eye).unsqueeze(1), turned


def _seen(behind: tuple[Tensor, Tensor, Tensor], solid: Hit) -> tuple[Tensor, Tensor]:
    """Surface and brightness, `[8, 15, pixels]`, of an object before a room."""
    distance, normal = solid
    light = F.normalize(torch.tensor(LIGHT), dim=0)
    far, surface, shade = behind
    near = distance < far
    lit = AMBIENT + (1 - AMBIENT) * (normal @ light).clamp(min=0)
    return torch.where(near, OBJECT, surface).to(torch.uint8), torch.where(near, lit, shade)


def _room(eye: Tensor, ray: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The distance, surface and brightness of what is behind the object, `[15, pixels]`."""
    x, y, z = ray.unbind(-1)
    side = (WIDTH * x.sign() - eye[..., 0]) / x
    back = torch.where(y > 0, (WIDTH - eye[..., 1]) / y, inf)
    floor = torch.where(z < 0, -eye[..., 2] / z, inf)
    distance, which = torch.stack((floor, side, back)).min(0)
    shade = torch.tensor([1.0, 0.75, 0.9])[which]
    return distance, torch.where(which == 0, FLOOR, WALL), shade


# solids that stand on the floor; `size` is [8, 1, 1], so that distances are [8, 15, 4096]


def _cube(eye: Tensor, ray: Tensor, size: Tensor) -> Hit:
    half = 0.8 * size.unsqueeze(-1)
    centre = torch.cat((torch.zeros_like(half), torch.zeros_like(half), half), -1)
    one, other = ((centre + sign * half - eye) / ray for sign in (-1, 1))
    enter, leave = torch.minimum(one, other), torch.maximum(one, other).amin(-1)
    distance, axis = enter.max(-1)
    normal = F.one_hot(axis, 3) * -ray.sign()
    return torch.where(distance < leave, distance, inf), normal


def _cylinder(eye: Tensor, ray: Tensor, size: Tensor) -> Hit:
    side = _side(eye, ray, 0.75 * size, torch.zeros_like(size), 1.6 * size)
    top = (1.6 * size - eye[..., 2]) / ray[..., 2]
    hit = eye + top.unsqueeze(-1) * ray
    inside = hit[..., 0] ** 2 + hit[..., 1] ** 2 <= (0.75 * size) ** 2
    return _nearest(side, (torch.where(inside, top, inf), torch.tensor([0.0, 0.0, 1.0]).expand_as(hit)))


def _sphere(eye: Tensor, ray: Tensor, size: Tensor) -> Hit:
    return _ball(eye, ray, 0.9 * size, 0.9 * size)


def _capsule(eye: Tensor, ray: Tensor, size: Tensor) -> Hit:
    radius, low, high = 0.55 * size, 0.55 * size, 1.45 * size
    ends = _nearest(_ball(eye, ray, radius, low), _ball(eye, ray, radius, high))
    return _nearest(_side(eye, ray, radius, low, high), ends)


def _ball(eye: Tensor, ray: Tensor, radius: Tensor, height: Tensor) -> Hit:
    """A ball whose centre is so high above the middle."""
    up = torch.tensor([0.0, 0.0, 1.0])
    offset = eye - height.unsqueeze(-1) * up
    along, apart = (offset * ray).sum(-1), (offset**2).sum(-1)
    return _round(along, along**2 - apart + radius**2, 1.0, lambda t: offset + t.unsqueeze(-1) * ray)


def _side(eye: Tensor, ray: Tensor, radius: Tensor, low: Tensor, high: Tensor) -> Hit:
    """The side of an upright cylinder between two heights."""
    flat = torch.tensor([1.0, 1.0, 0.0])
    offset, across = eye * flat, ray * flat
    along, apart = (offset * across).sum(-1), (offset**2).sum(-1)
    weight = (across**2).sum(-1)
    root = along**2 - weight * (apart - radius**2)
    distance, normal = _round(along, root, weight, lambda t: offset + t.unsqueeze(-1) * across)
    height = eye[..., 2] + distance * ray[..., 2]
    return torch.where((height >= low) & (height <= high), distance, inf), normal


def _round(along: Tensor, root: Tensor, weight: Tensor | float, place: Callable[[Tensor], Tensor]) -> Hit:
    """The nearer solution of a quadratic equation, and the normal there: the direction of `place`."""
    distance = (-along - root.clamp(min=0).sqrt()) / weight
    return torch.where(root > 0, distance, inf), F.normalize(place(distance), dim=-1)


def _nearest(a: Hit, b: Hit) -> Hit:
    return torch.minimum(a[0], b[0]), torch.where((a[0] < b[0]).unsqueeze(-1), a[1], b[1])
