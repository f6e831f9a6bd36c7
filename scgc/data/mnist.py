"""The MNIST digits, from official IDX files in a folder of the user's or downloaded with checksums.

Files lie in DIR/mnist or DIR (`--data DIR`, `$SCGC_DATA`), gzipped or not, and may hold any number of digits.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import torch
from torch import Tensor

from scgc.data.addition import Digits
from scgc.data.idx import DamagedIdx, read_idx
from scgc.data.request import Request
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.data import DamagedFile, DownloadFailed, MissingFile, TooFewExamples

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
CHECKSUMS = {
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
"""MD5 of the official gzipped files."""

WAYS_OUT = (
    "put the four official files (train-images-idx3-ubyte.gz, ...) into DIR/mnist and give `--data DIR` "
    "or set SCGC_DATA=DIR; `scgc run digit_addition` needs no files."
)


def read_digits(request: Request) -> tuple[Digits, Digits]:
    """Training and test digits. Raises ProgramError (SCG501, SCG502, SCG507, SCG509)."""
    paths = _find(request)
    train = _read(request, paths["train-images-idx3-ubyte"], paths["train-labels-idx1-ubyte"])
    test = _read(request, paths["t10k-images-idx3-ubyte"], paths["t10k-labels-idx1-ubyte"])
    if request.options.get("digits") is None:
        return train, test
    wanted = request.count("digits")
    if wanted > len(train):
        place = str(paths["train-images-idx3-ubyte"])
        _fail(TooFewExamples(span=request.span, data=place, asked=wanted, available=len(train)))
    return Digits(train.images[:wanted], train.labels[:wanted]), test


def _find(request: Request) -> dict[str, Path]:
    """The four files: all from the user's folder if any is there, else downloaded."""
    if request.folder is None:
        return _download(request)
    if not request.folder.is_dir():
        _fail(_missing(request, "the data folder", request.folder))
    found = {name: path for name in CHECKSUMS if (path := _locate(request.folder, name))}
    if not found:
        return _download(request)
    for name in CHECKSUMS:
        if name not in found:
            _fail(_missing(request, "an MNIST file", next(iter(found.values())).parent / f"{name}.gz"))
    return found


def _locate(folder: Path, name: str) -> Path | None:
    plain = name.replace("-idx", ".idx")
    names = (f"{name}.gz", name, f"{plain}.gz", plain)
    candidates = (place / n for place in (folder / "mnist", folder) for n in names)
    return next((path for path in candidates if path.is_file()), None)


def _download(request: Request) -> dict[str, Path]:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    paths = {}
    for name, checksum in CHECKSUMS.items():
        url = f"{MIRROR}{name}.gz"
        try:
            path = pooch.retrieve(url, f"md5:{checksum}", f"{name}.gz", pooch.os_cache("scgc") / "mnist")
        except Exception as error:  # pooch passes on whatever its HTTP library raises
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            what = f"{name}.gz"
            _fail(DownloadFailed(span=request.span, what=what, url=url, reason=reason[:200], ways=WAYS_OUT))
        paths[name] = Path(path)
    return paths


def _read(request: Request, images: Path, labels: Path) -> Digits:
    pixels, classes = _tensor(request, images, 3), _tensor(request, labels, 1)
    if len(pixels) == 0:
        _fail(_damaged(request, images, "it holds no digits"))
    if tuple(pixels.shape[1:]) != (28, 28):
        size = " x ".join(map(str, pixels.shape[1:]))
        _fail(_damaged(request, images, f"its images are {size}, not 28 x 28"))
    if len(pixels) != len(classes):
        counts = f"it holds {len(classes)} labels for the {len(pixels)} images of {images.name}"
        _fail(_damaged(request, labels, counts))
    if int(classes.max()) > 9:
        _fail(_damaged(request, labels, f"it holds a label {int(classes.max())}; digits go from 0 to 9"))
    return Digits(pixels.to(torch.float32).div_(127.5).sub_(1).unsqueeze(1), classes.long())


def _tensor(request: Request, path: Path, axes: int) -> Tensor:
    try:
        return read_idx(path, axes)
    except DamagedIdx as error:
        raise ProgramError((_damaged(request, path, str(error)),)) from None
    except OSError as error:
        raise ProgramError((_damaged(request, path, error.strerror or str(error)),)) from None


def _missing(request: Request, what: str, path: Path) -> MissingFile:
    return MissingFile(span=request.span, what=what, path=str(path), ways=WAYS_OUT)


def _damaged(request: Request, path: Path, problem: str) -> DamagedFile:
    ways = "fetch the file again from an official mirror, or remove it to have it downloaded."
    return DamagedFile(span=request.span, path=str(path), problem=problem, ways=ways)


def _fail(diagnostic: Diagnostic) -> NoReturn:
    raise ProgramError((diagnostic,))
