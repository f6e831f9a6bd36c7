"""The published files of data sets with factors: SmallNORB, Cars3D, Shapes3D, MPI3D (dSprites: `sprites.py`).

They lie in DIR/NAME or DIR (`--data DIR`, `$SCGC_DATA`), or are downloaded from where their authors put them.
No checksums are published with them: what is read is checked for its layout and for being complete. Large
files are unpacked once into the cache folder and mapped from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.factors import DIMS, LIMITS, OPTIONS, Factor, fields
from scgc.data.request import Request
from scgc.data.room import ROOM, SOLIDS

if TYPE_CHECKING:
    from scgc.data.columns import Loaded

NORB = (
    Factor("category", 5),
    Factor("elevation", 9),
    Factor("azimuth", 18),
    Factor("lighting", 6),
    Factor("instance", 10, measured=False),
)
CARS = (Factor("elevation", 4), Factor("azimuth", 24), Factor("object", 183))
MPI = (
    Factor("object_color", 6),
    Factor("object_shape", 6),
    Factor("object_size", 2),
    Factor("camera_height", 3),
    Factor("background", 3),
    Factor("first_dof", 40),
    Factor("second_dof", 40),
)
TOYS = ("animal", "human", "plane", "truck", "car")


def read_norb(request: Request) -> Loaded:
    """Raises ProgramError (SCG501, SCG502, SCG507)."""
    from scgc.data.observing import load_truth
    from scgc.data.published_norb import norb

    return load_truth(request, norb(request))


def read_cars(request: Request) -> Loaded:
    """Raises ProgramError (SCG501, SCG502)."""
    from scgc.data.observing import load_truth
    from scgc.data.published_files import cars

    return load_truth(request, cars(request))


def read_shapes(request: Request) -> Loaded:
    """Raises ProgramError (SCG501, SCG502, SCG507, SCG542)."""
    from scgc.data.observing import load_truth
    from scgc.data.published_files import shapes

    return load_truth(request, shapes(request))


def read_mpi(request: Request) -> Loaded:
    """Raises ProgramError (SCG501, SCG502)."""
    from scgc.data.observing import load_truth
    from scgc.data.published_files import mpi

    return load_truth(request, mpi(request))


DATA = (
    DataSet(
        f"smallnorb({OPTIONS})",
        fields=fields(NORB, "1, 64, 64"),
        dims=DIMS,
        doc="Photographs of toys, the left of each pair, training and test toys together, reduced to 64x64; "
        "which of ten toys of a category it is no measure looks at.",
        categories={"category": TOYS},
        source="LeCun, Huang and Bottou 2004; cs.nyu.edu/~ylclab/data/norb-v1.0-small",
        licence="for research only",
        read=read_norb,
        limits=LIMITS,
    ),
    DataSet(
        f"cars3d({OPTIONS})",
        fields=fields(CARS, "3, 64, 64"),
        dims=DIMS,
        doc="Car models from all sides, reduced to 64x64.",
        source="Reed et al. 2015; scottreed.info/files/nips2015-analogy-data.tar.gz",
        licence="not stated",
        read=read_cars,
        limits=LIMITS,
    ),
    DataSet(
        f"shapes3d({OPTIONS})",
        fields=fields(ROOM, "3, 64, 64"),
        dims=DIMS,
        doc="A solid in a room; needs `pip install scg-compiler[h5]`. `room` renders the like without a "
        "file.",
        categories={"shape": SOLIDS},
        source="Burgess and Kim 2018; github.com/google-deepmind/3d-shapes",
        licence="that of the repository",
        read=read_shapes,
        limits=LIMITS,
    ),
    DataSet(
        f'mpi3d(file : text = "mpi3d_toy.npz", {OPTIONS})',
        fields=fields(MPI, "3, 64, 64"),
        dims=DIMS,
        doc="A robot arm that holds an object, rendered or photographed: mpi3d_toy.npz, mpi3d_realistic.npz "
        "or mpi3d_real.npz; of the file with complex shapes colours and shapes have four values.",
        source="Gondal et al. 2019; github.com/rr-learning/disentanglement_dataset",
        licence="that of the repository",
        read=read_mpi,
        limits=LIMITS,
    ),
)
