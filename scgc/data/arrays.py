"""A user's own arrays: from npz files, and as columns with a held-out part."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch
from torch import Tensor

from scgc.data.columns import Loaded, Split, columns, examples
from scgc.data.request import Request
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.data import DamagedFile, DataMismatch, MissingFile, UnequalLengths

Arrays = Mapping[str, Any]
"""Arrays or tensors by name."""


ARCHIVE, ARRAY = b"PK", b"\x93NUMPY"
"""How .npz and .npy files begin."""


def read_npz(request: Request, name: str) -> Arrays:
    """The arrays of a file. Raises ProgramError (SCG501, SCG502)."""
    return _arrays(request, find_file(request, name))


def find_file(request: Request, name: str) -> Path:
    """A file of the user's, beside the program or in the data folder. Raises ProgramError (SCG501)."""
    places = [request.base / name, *([request.folder / name] if request.folder else [])]
    path = next((p for p in places if p.is_file()), None)
    if path is None:
        ways = "paths are relative to the program's file" + (" and to --data." if request.folder else ".")
        return _fail(MissingFile(span=request.span, what="a data file", path=str(places[0]), ways=ways))
    return path


def _arrays(request: Request, path: Path) -> Arrays:
    try:
        with path.open("rb") as opened:
            if not opened.read(len(ARRAY)).startswith((ARCHIVE, ARRAY)):
                _fail(_damaged(request, path, "it does not begin as a .npz file"))
            opened.seek(0)
            file = np.load(opened, allow_pickle=False)
            if isinstance(file, np.ndarray):
                _fail(_damaged(request, path, "it holds one array without a name"))
            return {key: file[key] for key in file.files}
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError) as error:
        raise ProgramError((_damaged(request, path, str(error).splitlines()[0]),)) from None
    except OSError as error:
        raise ProgramError((_damaged(request, path, error.strerror or str(error)),)) from None


def load_arrays(
    request: Request, train: Arrays, test: Arrays | None, validation: Arrays | None = None
) -> Loaded:
    """Columns and dimensions of arrays; without test arrays every tenth example is held out.

    Raises ProgramError (SCG503, SCG515).
    """
    dims = {n: int(a) for n, a in train.items() if np.ndim(a) == 0 and _is_whole(a)}
    part = _columns(request, "train", train)
    splits = hold_out(part) if test is None else {"train": part, "test": _columns(request, "test", test)}
    if validation is not None:
        splits["validation"] = _columns(request, "validation", validation)
    return Loaded(splits, dims)


def hold_out(part: Split) -> dict[str, Split]:
    """Every tenth example, at random, as the test data; the others to train on."""
    order = torch.randperm(examples(part), generator=torch.Generator().manual_seed(0))
    held_out = max(1, len(order) // 10) if len(order) > 1 else 0
    return {"train": _subset(part, order[held_out:]), "test": _subset(part, order[:held_out])}


def _is_whole(value: Any) -> bool:
    return np.issubdtype(np.asarray(value).dtype, np.integer)


def _subset(split: Split, chosen: Tensor) -> Split:
    return {name: column.subset(chosen.sort().values) for name, column in split.items()}


def _columns(request: Request, split: str, arrays: Arrays) -> Split:
    found = columns({n: _tensor(request, n, a) for n, a in arrays.items() if np.ndim(a) > 0})
    _check_lengths(request, split, found)
    return found


def _check_lengths(request: Request, split: str, found: Split) -> None:
    lengths = {name: len(column) for name, column in found.items()}
    if len(set(lengths.values())) > 1 or not lengths or not all(lengths.values()):
        told = ", ".join(f"`{name}` has {n} examples" for name, n in lengths.items()) or "no arrays are there"
        _fail(UnequalLengths(span=request.span, data=request.name, split=split, lengths=told))


def _tensor(request: Request, name: str, array: Any) -> Tensor:
    """float32, int64 or bool, with the examples in front."""
    if isinstance(array, Tensor):
        tensor = array.detach().cpu()
        if tensor.is_floating_point():
            return tensor.float()
        return tensor if tensor.dtype == torch.bool else tensor.long()
    numbers = np.asarray(array)
    for group, kind in ((np.floating, np.float32), (np.integer, np.int64), (np.bool_, np.bool_)):
        if np.issubdtype(numbers.dtype, group):
            return torch.from_numpy(np.ascontiguousarray(numbers.astype(kind)))
    expected, found = "numbers or truth values", f"values of type {numbers.dtype}"
    return _fail(DataMismatch(span=request.span, name=name, expected=expected, found=found))


def _damaged(request: Request, path: Path, problem: str) -> DamagedFile:
    ways = "write it with numpy.savez(path, name = array, ...), arrays named as the inputs are."
    return DamagedFile(span=request.span, path=str(path), problem=problem, ways=ways)


def _fail(diagnostic: Diagnostic) -> NoReturn:
    raise ProgramError((diagnostic,))


__all__ = ["Arrays", "find_file", "hold_out", "load_arrays", "read_npz"]
