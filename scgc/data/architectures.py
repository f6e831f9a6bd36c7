"""Cells of NAS-Bench-101 as columns, in a random order of which a share is trained on."""

from __future__ import annotations

from typing import NoReturn

import torch
from torch import Tensor

from scgc.data.arrays import find_file
from scgc.data.cells import Cells, all_cells
from scgc.data.columns import Column, Loaded
from scgc.data.nas101 import LIMITS
from scgc.data.nas101_records import read_trained
from scgc.data.request import Request
from scgc.data.tfrecord import DamagedRecords
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.data import DamagedFile, TooFewExamples

WAYS_OUT = "get it from github.com/google-research/nasbench; `nas101` needs no file but has no accuracies."


def enumerate_cells(request: Request) -> Loaded:
    """All cells of at most `max_nodes` nodes. Raises ProgramError (SCG215, SCG509)."""
    return _split(request, _tensors(all_cells(_most(request))))


def read_trained_cells(request: Request) -> Loaded:
    """Those in an official file. Raises ProgramError (SCG215, SCG501, SCG502, SCG509)."""
    path = find_file(request, request.text("file"))
    try:
        found = read_trained(path, _most(request))
    except DamagedRecords as error:
        _fail(DamagedFile(span=request.span, path=str(path), problem=str(error), ways=WAYS_OUT))
    except OSError as error:
        problem = error.strerror or str(error)
        _fail(DamagedFile(span=request.span, path=str(path), problem=problem, ways=WAYS_OUT))
    tensors = _tensors(found.cells)
    tensors["accuracy"] = torch.from_numpy(found.accuracy)
    tensors["validation_accuracy"] = torch.from_numpy(found.validation_accuracy)
    return _split(request, tensors)


def _most(request: Request) -> int:
    return request.count("max_nodes", LIMITS["max_nodes"])


def _tensors(cells: Cells) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array) for name, array in cells._asdict().items()}


def _split(request: Request, tensors: dict[str, Tensor]) -> Loaded:
    """A random order of the cells up to `limit`; the first part of it is trained on, at least one tested."""
    available = len(tensors["kind"])
    limit = max(available, 2)  # one for each part
    if request.options.get("limit") is not None:
        limit = request.count("limit", LIMITS["limit"])
    if limit > available:
        _fail(TooFewExamples(span=request.span, data=request.name, asked=limit, available=available))
    seed, share = request.count("seed", LIMITS["seed"]), request.number("split", LIMITS["split"])
    order = torch.randperm(available, generator=torch.Generator().manual_seed(seed))[:limit]
    trained = min(max(round(share * limit), 1), limit - 1)
    rows = {"train": order[:trained], "test": order[trained:]}
    return Loaded({part: {n: Column(t, chosen) for n, t in tensors.items()} for part, chosen in rows.items()})


def _fail(diagnostic: Diagnostic) -> NoReturn:
    raise ProgramError((diagnostic,))


__all__ = ["enumerate_cells", "read_trained_cells"]
