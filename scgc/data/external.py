"""Data from a Python function of the user's; only with --allow-extern, since it runs their code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from torch.utils.data import Dataset

from scgc.data.arrays import Arrays
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import BadDataFunction
from scgc.diagnostics.graph import ExternNotAllowed, ExternTarget

PARTS = ("train", "test", "validation")


def call_target(request: Request) -> tuple[Arrays, Arrays | None, Arrays | None]:
    """Training arrays, and test and validation arrays if there are any.

    Raises ProgramError (SCG311, SCG312, SCG508).
    """
    result = call(request, ("target", "options"))
    if isinstance(result, Mapping) and set(result) <= set(PARTS) and "train" in result:
        parts = {key: _arrays(request, part) for key, part in result.items()}
        return parts["train"], parts.get("test"), parts.get("validation")
    return _arrays(request, result), None, None


def call(request: Request, own: Sequence[str]) -> Any:
    """What the user's function gives, called with the options that are not the data set's `own`.

    Raises ProgramError (SCG311, SCG312, SCG508).
    """
    target = request.text("target")
    if not request.allow_extern:
        raise ProgramError((ExternNotAllowed(span=request.span, name=request.name, target=target),))
    options = {k: v for k, v in request.options.items() if k not in own}
    module, colon, name = target.partition(":")
    if not colon or not module or not name:
        raise ProgramError((ExternTarget(span=request.span, target=target),))
    try:
        with _importable(request.base):
            return _function(module, name)(**options)
    except Exception as error:  # the user's code may raise anything; it is their mistake to see
        return fail(request, f"it raised {type(error).__name__}: {error}")


@contextmanager
def _importable(base: Path) -> Iterator[None]:
    """Modules beside the program and in the current folder are found, as `python FILE` would."""
    places = [str(base.resolve()), str(Path.cwd())]
    sys.path[:0] = places
    try:
        yield
    finally:
        for place in places:
            sys.path.remove(place)


def _function(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _arrays(request: Request, result: Any) -> Arrays:
    if isinstance(result, Mapping):
        return result
    if isinstance(result, Dataset):
        items = [result[i] for i in range(len(result))]  # type: ignore[arg-type]
        if items and all(isinstance(item, Mapping) for item in items):
            return {key: np.stack([np.asarray(item[key]) for item in items]) for key in items[0]}
    return fail(request, f"it returned a {type(result).__name__} that holds no arrays by name")


def fail(request: Request, problem: str) -> NoReturn:
    """Raises ProgramError (SCG508)."""
    target = request.text("target")
    raise ProgramError((BadDataFunction(span=request.span, target=target, problem=problem),))
