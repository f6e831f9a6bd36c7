"""The reader of SmallNORB: its binary matrices (cs.nyu.edu/~ylclab/data/norb-v1.0-small), gzipped or not.

A matrix begins with a number that says its kind, the number of its axes and their lengths, three at least,
all little-endian 32-bit; then come its entries, the last axis changing first.
"""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scgc.data.published import NORB
from scgc.data.request import Request
from scgc.data.stored import SIZE, Files, Stored, codes, in_order, reduced, sized, unpacked, write_blocks

KINDS: dict[int, np.dtype[Any]] = {0x1E3D4C55: np.dtype("u1"), 0x1E3D4C54: np.dtype("<i4")}
STEMS = (
    "smallnorb-5x46789x9x18x6x2x96x96-training",
    "smallnorb-5x01235x9x18x6x2x96x96-testing",
)
URL = "https://cs.nyu.edu/~ylclab/data/norb-v1.0-small/"
WAYS = (
    f"put the six files of {URL} (those called dat, cat and info) into DIR/smallnorb and give `--data DIR`."
)


class BadMatrix(ValueError):
    """A file that is no such matrix."""


def norb(request: Request) -> Stored:
    """All 48,600 pairs of images, of which the left one is taken, reduced to 64x64."""
    files = Files(request, "smallnorb", WAYS, URL)
    found = {kind: [files.find(f"{s}-{kind}.mat.gz", f"{s}-{kind}.mat") for s in STEMS] for kind in
             ("dat", "cat", "info")}  # fmt: skip
    category, info = (np.concatenate([_read(files, p) for p in found[kind]]) for kind in ("cat", "info"))
    if info.ndim != 2 or info.shape[1] != 4 or len(info) != category.size:
        raise files.damaged(found["info"][0], f"it is {list(info.shape)}, of {category.size} categories")
    # the columns of info: instance, elevation, azimuth, lighting
    table, sizes = codes(np.column_stack((category.ravel(), info[:, [1, 2, 3, 0]])))
    place = np.ravel_multi_index(tuple(table.T), sizes)
    order = np.argsort(place, kind="stable")
    if not in_order(table[order], sizes):
        raise files.damaged(found["info"][0], "it does not hold every combination of factors once")

    def write(part: Path) -> None:
        images = np.concatenate([_left(files, path) for path in found["dat"]])
        if len(images) != len(table):
            raise files.damaged(found["dat"][0], f"it holds {len(images)} images for {len(table)} categories")
        write_blocks(part, (len(table), SIZE, SIZE), [images[order]])

    return Stored(sized(NORB, sizes), unpacked([p for paths in found.values() for p in paths], write))


def _left(files: Files, path: Path) -> NDArray[np.uint8]:
    pairs = _read(files, path)
    if pairs.ndim != 4 or pairs.shape[1] != 2 or pairs.dtype != np.uint8:
        raise files.damaged(path, f"its images are {pairs.dtype}{list(pairs.shape)}, not uint8[n, 2, 96, 96]")
    return reduced(pairs[:, 0])


def _read(files: Files, path: Path) -> NDArray[Any]:
    try:
        raw = path.read_bytes()
        return matrix(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    except (OSError, EOFError, zlib.error, BadMatrix) as error:
        raise files.damaged(path, str(error)) from None


def matrix(raw: bytes) -> NDArray[Any]:
    """The matrix in a file's bytes. Raises BadMatrix."""
    words = np.frombuffer(raw[: len(raw) // 4 * 4][: 4 * 32], "<i4")
    if len(words) < 5 or int(words[0]) not in KINDS or not 1 <= words[1] <= 8:
        raise BadMatrix("it does not begin as a matrix of bytes or integers")
    axes, kind = int(words[1]), KINDS[int(words[0])]
    shape = tuple(int(n) for n in words[2 : 2 + axes])
    start = 4 * (2 + max(axes, 3))
    if len(raw) - start != prod(shape) * kind.itemsize:
        raise BadMatrix(f"it has {len(raw) - start} bytes for {list(shape)} entries")
    entries: NDArray[Any] = np.frombuffer(raw, kind, offset=start).reshape(shape)
    return entries
