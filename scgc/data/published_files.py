"""Readers of the published dSprites, Cars3D, Shapes3D and MPI3D."""

from __future__ import annotations

import re
import shutil
import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from scgc.data.published import CARS, MPI
from scgc.data.request import Request
from scgc.data.room import ROOM
from scgc.data.sprites import SPRITE
from scgc.data.stored import (
    SIZE,
    Files,
    Images,
    Stored,
    codes,
    in_order,
    reduced,
    sized,
    unpacked,
    write_blocks,
)
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import MissingFile
from scgc.diagnostics.studies import MissingPackage

BLOCK = 1000
UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)

SPRITE_FILE = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"
MPI_SIZES = ((6, 6, 2, 3, 3, 40, 40), (4, 4, 2, 3, 3, 40, 40))
"""How many values the factors of MPI3D have in its files, which hold images alone."""


def sprites(request: Request) -> Stored:
    """dSprites: `imgs` and `latents_classes`, whose first column, the colour, has one value."""
    url = "https://github.com/google-deepmind/dsprites-dataset/raw/master/"
    ways = f"put {SPRITE_FILE} of github.com/google-deepmind/dsprites-dataset into DIR/dsprites and give "
    files = Files(request, "dsprites", f"{ways}`--data DIR`; without `published` the data is rendered.", url)
    path = files.find(SPRITE_FILE)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as opened:
            table, sizes = codes(opened["latents_classes"][:, 1:])
        images = _member(path, "imgs")
    except UNREADABLE as error:
        raise files.damaged(path, _reason(error)) from None
    if len(sizes) != len(SPRITE) or not in_order(table, sizes):
        raise files.damaged(path, "`latents_classes` is not every combination of five factors, in order")
    _verify(files, path, images, (len(table), SIZE, SIZE))
    return Stored(sized(SPRITE, sizes), images, white=1)


def mpi(request: Request) -> Stored:
    """MPI3D: `images`, in the order of its factors."""
    name = request.text("file")
    ways = (
        f"get {Path(name).name} as github.com/rr-learning/disentanglement_dataset says, put it into DIR/mpi3d"
    )
    files = Files(request, "mpi3d", f"{ways} and give `--data DIR`.")
    path = files.find(name)
    try:
        images = _member(path, "images")
    except UNREADABLE as error:
        raise files.damaged(path, _reason(error)) from None
    sizes = next((s for s in MPI_SIZES if prod(s) == len(images)), None)
    if sizes is None:
        known = " or ".join(f"{prod(s):,}" for s in MPI_SIZES)
        raise files.damaged(path, f"it holds {len(images):,} images, not {known}")
    _verify(files, path, images, (len(images), SIZE, SIZE, 3))
    return Stored(sized(MPI, sizes), images)


def shapes(request: Request) -> Stored:
    """Shapes3D: `images` and `labels` in an HDF5 file. Raises ProgramError (SCG542) without h5py."""
    url = "https://storage.googleapis.com/3d-shapes/"
    ways = "put 3dshapes.h5 of github.com/google-deepmind/3d-shapes into DIR/shapes3d and give `--data DIR`; "
    files = Files(request, "shapes3d", f"{ways}`room` renders the like without a file.", url)
    try:
        import h5py
    except ImportError:
        raise ProgramError((MissingPackage(span=request.span, what="`shapes3d`", package="h5py"),)) from None
    path = files.find("3dshapes.h5")
    try:
        with h5py.File(path) as opened:
            table, sizes = codes(opened["labels"][:])
            shape = opened["images"].shape
        if len(sizes) != len(ROOM) or not in_order(table, sizes):
            raise files.damaged(path, "`labels` is not every combination of six factors, in order")
        images = unpacked([path], lambda part: _from_hdf5(path, part, shape))
    except UNREADABLE as error:
        raise files.damaged(path, _reason(error)) from None
    _verify(files, path, images, (len(table), SIZE, SIZE, 3))
    return Stored(sized(ROOM, sizes), images)


def cars(request: Request) -> Stored:
    """Cars3D: a MATLAB file for each car, `im` of shape [128, 128, 3, azimuths, elevations]."""
    ways = (
        "unpack scottreed.info/files/nips2015-analogy-data.tar.gz and put data/cars into DIR as DIR/cars3d; "
    )
    files = Files(request, "cars3d", f"{ways}then give `--data DIR`.")
    folder = (request.folder or Path("DIR")) / files.name
    paths = sorted(folder.glob("*.mat"), key=lambda p: [int(n) for n in re.findall(r"\d+", p.name)])
    if not paths:
        fault = MissingFile(span=request.span, what="a folder of cars", path=str(folder), ways=files.ways)
        raise ProgramError((fault,))
    shape = _car(files, paths[0]).shape
    sizes = (shape[4], shape[3], len(paths))

    def write(part: Path) -> None:
        every = np.empty((*sizes, SIZE, SIZE, 3), np.uint8)
        for i, path in enumerate(paths):
            car = _car(files, path)
            _verify(files, path, car, shape)
            seen = car.transpose(4, 3, 0, 1, 2)
            every[:, :, i] = reduced(seen.reshape(-1, *seen.shape[2:])).reshape(*sizes[:2], SIZE, SIZE, 3)
        write_blocks(part, (prod(sizes), SIZE, SIZE, 3), [every])

    return Stored(sized(CARS, sizes), unpacked(paths, write))


def _car(files: Files, path: Path) -> Images:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        found: Images = loadmat(path)["im"]
    except (*UNREADABLE, MatReadError, TypeError, NotImplementedError) as error:
        raise files.damaged(path, _reason(error)) from None
    if found.ndim != 5 or found.shape[2] != 3 or found.dtype != np.uint8:
        raise files.damaged(path, f"`im` is {found.dtype}{list(found.shape)}")
    return found


def _member(path: Path, name: str) -> Images:
    """An array of an npz file, mapped: in the archive it is an .npy file, which is copied out."""

    def write(part: Path) -> None:
        with (
            zipfile.ZipFile(path) as archive,
            archive.open(f"{name}.npy") as source,
            part.open("wb") as target,
        ):
            shutil.copyfileobj(source, target, 1 << 22)

    return unpacked([path], write)


def _from_hdf5(path: Path, part: Path, shape: tuple[int, ...]) -> None:
    import h5py

    with h5py.File(path) as opened:
        images = opened["images"]
        write_blocks(part, shape, (images[i : i + BLOCK] for i in range(0, shape[0], BLOCK)))


def _verify(files: Files, path: Path, images: Any, shape: tuple[int, ...]) -> None:
    if images.shape != shape or images.dtype != np.uint8:
        expected, found = f"uint8{list(shape)}", f"{images.dtype}{list(images.shape)}"
        raise files.damaged(path, f"its images are {found}, not {expected}")


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}" if error.args else "something is not in it"
    return (str(error).splitlines() or [type(error).__name__])[0]
