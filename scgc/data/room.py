"""A room with an object in it, rendered by rays: the factors of Shapes3D (Burgess and Kim 2018).

A re-rendering: the published images have other proportions, shadows and rounded edges; `shapes3d` reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.factors import DIMS, LIMITS, RENDERED, Factor, fields, side
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded

ROOM = (
    Factor("floor_hue", 10),
    Factor("wall_hue", 10),
    Factor("object_hue", 10),
    Factor("scale", 8),
    Factor("shape", 4),
    Factor("orientation", 15),
)

SOLIDS = ("cube", "cylinder", "sphere", "capsule")


def read(request: Request) -> Loaded:
    """The room under all its factors."""
    from scgc.data.observing import load_truth
    from scgc.data.rays import Room

    return load_truth(request, Room(side(request)))


DATA = (
    DataSet(
        f"room({RENDERED})",
        fields=fields(ROOM, "3, data.size, data.size"),
        dims=DIMS,
        doc="A cube, cylinder, sphere or capsule in the middle of a room, rendered with the factors of "
        "Shapes3D; the orientation is from where one looks, 30 degrees to either side.",
        categories={"shape": SOLIDS},
        source="Burgess and Kim 2018; thesis A.3.1; rendered",
        licence="none needed",
        read=read,
        limits=LIMITS,
    ),
)
