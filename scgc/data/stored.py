"""Images of every combination of factors in files: found, unpacked once, mapped, and taken from by index."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from scgc.data.factors import Factor
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import DamagedFile, DownloadFailed, MissingFile

SIZE = 64

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Stored:
    """A `GroundTruth` of images `[n, 64, 64]` or `[n, 64, 64, 3]`, uint8, perhaps mapped from a file.

    They are in the order of the factors, the last changing first. white: the number of full brightness.
    """

    factors: Sequence[Factor]
    images: Images
    white: int = 255

    def observations(self, factors: Tensor) -> Tensor:
        """`[b, F]` to `[b, 1 or 3, 64, 64]`."""
        sizes = [f.values or 1 for f in self.factors]
        index = np.ravel_multi_index(tuple(factors.long().cpu().numpy().T), sizes)
        chosen = torch.from_numpy(np.array(self.images[index])).to(factors.device)
        chosen = chosen.unsqueeze(1) if chosen.dim() == 3 else chosen.permute(0, 3, 1, 2)
        return chosen.float() / self.white


@dataclass(frozen=True)
class Files:
    """The files of a data set as it is asked for.

    name: of its folder. url: where the files are, if that is known. ways: how to get them by hand.
    """

    request: Request
    name: str
    ways: str
    url: str = ""

    def find(self, *names: str) -> Path:
        """A file under one of its names; where the folder DIR/NAME is not there, the first is downloaded.

        Raises ProgramError (SCG501, SCG507).
        """
        folder = self.request.folder
        places = [folder / self.name, folder] if folder else []
        path = next((p / n for p in places for n in names if (p / n).is_file()), None)
        if path is None and self.url and not (places and places[0].is_dir()):
            return self._download(names[0])
        if path is None:
            place = (folder or Path("DIR")) / self.name / names[0]
            fault = MissingFile(
                span=self.request.span, what="a published file", path=str(place), ways=self.ways
            )
            raise ProgramError((fault,))
        return path

    def damaged(self, path: Path, problem: str) -> ProgramError:
        """SCG502, to raise."""
        fault = DamagedFile(span=self.request.span, path=str(path), problem=problem, ways=self.ways)
        return ProgramError((fault,))

    def _download(self, name: str) -> Path:
        import pooch

        pooch.get_logger().setLevel("ERROR")  # it would tell that there is no checksum
        url = self.url + name
        try:
            return Path(pooch.retrieve(url, None, name, pooch.os_cache("scgc") / self.name))
        except Exception as error:  # pooch passes on whatever its HTTP library raises
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            fault = DownloadFailed(span=self.request.span, what=name, url=url, reason=reason, ways=self.ways)
            raise ProgramError((fault,)) from None


def unpacked(sources: Sequence[Path], write: Callable[[Path], None]) -> Images:
    """What `write` makes of files, an .npy file, mapped; made once and kept in the cache folder."""
    import pooch

    facts = "".join(f"{p.resolve()} {p.stat().st_size} {p.stat().st_mtime_ns}\n" for p in sources)
    name = f"{sources[0].stem}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}.npy"
    kept = Path(pooch.os_cache("scgc")) / "unpacked" / name
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        try:
            write(part)
            os.replace(part, kept)
        finally:
            part.unlink(missing_ok=True)
    mapped: Images = np.load(kept, mmap_mode="r")
    return mapped


def write_blocks(path: Path, shape: tuple[int, ...], blocks: Iterable[Images]) -> None:
    """Images, block by block, as one .npy file."""
    with path.open("wb") as file:
        header: dict[str, Any] = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block, np.uint8).tobytes())


def reduced(images: Images) -> Images:
    """Images `[n, H, W]` or `[n, H, W, C]` at 64x64, without aliasing."""
    tensor = torch.from_numpy(np.ascontiguousarray(images)).float()
    tensor = tensor.unsqueeze(1) if tensor.dim() == 3 else tensor.permute(0, 3, 1, 2)
    small = F.interpolate(tensor, size=(SIZE, SIZE), mode="bilinear", antialias=True)
    small = small.round().clamp(0, 255).to(torch.uint8)
    found: Images = (small.squeeze(1) if images.ndim == 3 else small.permute(0, 2, 3, 1)).numpy()
    return found


def sized(factors: Sequence[Factor], sizes: Sequence[int]) -> tuple[Factor, ...]:
    """The factors with the numbers of values that a file has."""
    return tuple(Factor(f.name, int(n), measured=f.measured) for f, n in zip(factors, sizes, strict=True))


def codes(columns: Any) -> tuple[NDArray[np.int64], tuple[int, ...]]:
    """Labels `[n, F]` as codes from 0 on, and how many values each column has."""
    found = [np.unique(column, return_inverse=True) for column in np.asarray(columns).T]
    return np.stack([inverse for _, inverse in found], 1), tuple(len(values) for values, _ in found)


def in_order(table: NDArray[np.int64], sizes: Sequence[int]) -> bool:
    """Whether the rows are every combination once, the last column changing first."""
    if len(table) != prod(sizes):
        return False
    return bool((np.ravel_multi_index(tuple(table.T), tuple(sizes)) == np.arange(len(table))).all())
