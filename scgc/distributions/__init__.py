"""The families of distributions of the language: one file each, found here.

Read by the checker and the emitter, so nothing here imports torch; the classes that generated code constructs
are in `scgc.runtime`. A new family is a new file in this folder with a `DISTRIBUTION`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from scgc.distributions.declare import Distribution
from scgc.ir.types import DistType
from scgc.syntax import ast


@cache
def distributions() -> dict[str, Distribution]:
    """Every family by its name in the language, in alphabetical order."""
    files = sorted(m.name for m in iter_modules(__path__) if m.name != "declare")
    found: list[Distribution] = [import_module(f"{__name__}.{file}").DISTRIBUTION for file in files]
    return {d.name: d for d in found}


def plates(type_: DistType) -> int:
    """The axes of a draw that are independent elements."""
    pattern = distributions()[type_.family].parsed[0].result
    assert pattern is not None
    fixed = sum(not isinstance(axis, ast.Rest) for axis in pattern.shape or ())
    return len(type_.event.shape) - fixed


__all__ = ["Distribution", "distributions", "plates"]
