"""The room: geometry that can be computed by hand, and colours that are the table's."""

from __future__ import annotations

import torch
from torch import Tensor

from scgc.data.observing import draw
from scgc.data.rays import AMBIENT, FLOOR, OBJECT, WALL, Room, hues, scenes

CUBE, CYLINDER, SPHERE, CAPSULE = range(4)
FRONT = 7
"""The orientation that looks straight ahead."""


def case(shape: int, scale: int, orientation: int) -> tuple[Tensor, Tensor]:
    """What pixels show and how bright they are, both `[64, 64]`."""
    surface, shade = scenes(64, "cpu")
    index = (shape * 8 + scale) * 15 + orientation
    return surface[index].view(64, 64), shade[index].view(64, 64)


def test_hues_are_those_of_hsv():
    import colorsys

    expected = [colorsys.hsv_to_rgb(i / 10, 1, 1) for i in range(10)]
    torch.testing.assert_close(hues("cpu"), torch.tensor(expected), atol=1e-6, rtol=0)


def test_the_object_stands_in_the_middle_and_grows():
    for shape in range(4):
        areas = []
        for scale in range(8):
            surface, _ = case(shape, scale, FRONT)
            seen = surface == OBJECT
            assert torch.equal(seen, seen.flip(1))  # the camera looks along the middle
            areas.append(int(seen.sum()))
        assert areas == sorted(areas) and len(set(areas)) == 8, shape


def test_floor_below_walls_above():
    surface, _ = case(SPHERE, 0, FRONT)
    assert (surface[0] == WALL).all() and (surface[-1] == FLOOR).all()
    for column in surface.T:  # going down there is no wall below the floor
        rows = (column == FLOOR).nonzero()
        assert (column[int(rows[0]) :] != WALL).all()


def test_a_turn_the_other_way_is_the_mirror_image():
    for shape in (CUBE, CYLINDER, SPHERE, CAPSULE):
        for i in range(7):
            left, right = case(shape, 3, i)[0], case(shape, 3, 14 - i)[0]
            assert (left != right.flip(1)).float().mean() < 0.01


def test_what_is_round_looks_the_same_from_all_sides():
    for shape in (CYLINDER, SPHERE, CAPSULE):
        seen = torch.stack([case(shape, 4, i)[0] == OBJECT for i in range(15)])
        assert (seen != seen[FRONT]).float().mean() < 0.001
    sides = torch.stack([case(CUBE, 4, i)[0] == OBJECT for i in range(15)])
    assert (sides[0] != sides[FRONT]).float().mean() > 0.005


def test_the_silhouette_of_a_ball():
    """From a distance d a ball of radius r covers the angle arcsin(r / d) around its centre."""
    from scgc.data.rays import _camera

    size = torch.linspace(0.75, 1.25, 8)
    eye, ray = _camera(torch.zeros(1), 64)
    for scale in range(8):
        radius = 0.9 * size[scale]
        centre = torch.tensor([0.0, 0.0, float(radius)]) - eye[0, 0]
        angle = (ray[0] @ (centre / centre.norm())).acos()
        expected = angle < torch.asin(radius / centre.norm())
        assert (expected.view(64, 64) != (case(SPHERE, scale, FRONT)[0] == OBJECT)).sum() <= 8


def test_brightness():
    for shape in range(4):
        surface, shade = case(shape, 4, 3)
        lit = shade[surface == OBJECT]
        assert lit.min() >= AMBIENT - 1e-6 and lit.max() <= 1 and lit.max() > lit.min()
        assert (shade[surface == FLOOR] == 1).all()


def test_colours_are_those_of_the_table():
    table = draw(Room.factors, 30, torch.Generator().manual_seed(0))
    pictures = Room().observations(table)
    assert pictures.shape == (30, 3, 64, 64) and pictures.min() >= 0 and pictures.max() <= 1
    for row, picture in zip(table.tolist(), pictures, strict=True):
        surface, shade = case(row[4], row[3], row[5])
        for kind in (FLOOR, WALL, OBJECT):
            where = surface == kind
            expected = hues("cpu")[row[kind]][:, None] * shade[where]
            torch.testing.assert_close(picture[:, where], expected)
