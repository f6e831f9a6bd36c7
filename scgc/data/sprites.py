"""Sprites in a black square, rendered when a batch asks for them: dSprites, its coloured version, Circles.

These are re-renderings with the factors of thesis table A.3; the published images differ in size and place of
the sprites, and at their edges. Orientations go once around without the last repeating the first, as it does
in the published file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.factors import DIMS, LIMITS, RENDERED, Factor, GroundTruth, fields, side
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded

SPRITE = (
    Factor("shape", 3),
    Factor("scale", 6),
    Factor("orientation", 40),
    Factor("pos_x", 32),
    Factor("pos_y", 32),
)
COLOUR = tuple(Factor(name, low=0.5, measured=False) for name in ("red", "green", "blue"))
PLACE = tuple(Factor(name, low=0.2, high=0.8) for name in ("pos_x", "pos_y"))

KINDS = ("square", "ellipse", "heart")


def read_sprites(request: Request) -> Loaded:
    """White sprites."""
    from scgc.data.observing import load_truth

    return load_truth(request, _white(request))


def read_coloured(request: Request) -> Loaded:
    """Sprites of a colour that no measure looks at."""
    from scgc.data.observing import load_truth
    from scgc.data.rendering import ColouredSprites

    return load_truth(request, ColouredSprites(_white(request)))


def _white(request: Request) -> GroundTruth:
    """Sprites rendered, or the published images if they are asked for.

    Raises ProgramError (SCG215, SCG501, SCG502, SCG507).
    """
    size = side(request)
    if not request.options["published"]:
        from scgc.data.rendering import Sprites

        return Sprites(size)
    if size != 64:
        request.refuse("size", size, "64, which the published images are")
    from scgc.data.published_files import sprites

    return sprites(request)


def read_circles(request: Request) -> Loaded:
    """White circles anywhere."""
    from scgc.data.observing import load_truth
    from scgc.data.rendering import Circles

    return load_truth(request, Circles(side(request)))


DATA = (
    DataSet(
        f"dsprites(published : flag = false, {RENDERED})",
        fields=fields(SPRITE, "1, data.size, data.size"),
        dims=DIMS,
        doc="White squares, ellipses and hearts in black, rendered anew with the factors of dSprites; "
        "`published` reads the file.",
        categories={"shape": KINDS},
        source="Matthey et al. 2017, Higgins et al. 2017; thesis A.3.1; rendered",
        licence="none needed; of the file that of its repository",
        read=read_sprites,
        limits=LIMITS,
    ),
    DataSet(
        f"color_dsprites(published : flag = false, {RENDERED})",
        fields=fields((*SPRITE, *COLOUR), "3, data.size, data.size"),
        dims=DIMS,
        doc="The same in a colour, three numbers in 0.5..1 that are drawn anew for each example and left out "
        "by measures, as Locatello et al. have it.",
        categories={"shape": KINDS},
        source="Locatello et al. 2019; thesis A.3.1; rendered",
        licence="none needed; of the file that of its repository",
        read=read_coloured,
        limits=LIMITS,
    ),
    DataSet(
        f"circles({RENDERED})",
        fields=fields(PLACE, "1, data.size, data.size"),
        dims=DIMS,
        doc="A white circle whose centre is anywhere in the middle of the picture, `pos_x` and `pos_y` in "
        "0.2..0.8; it is drawn at the nearest whole pixel.",
        source="Watters et al. 2019 (Spriteworld, size 0.2); thesis 4.2.3 and A.3.1; rendered",
        licence="none needed",
        read=read_circles,
        limits=LIMITS,
    ),
)
