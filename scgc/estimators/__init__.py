"""The gradient estimators of the language: one file each, found here.

Read by the checker and the emitter: importing a file brings its declaration without torch, which its
functions import when they are called. `scgc.runtime` re-exports those functions for generated code. A new
estimator is a new file in this folder with an `ESTIMATOR`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from scgc.estimators.declare import Estimator


@cache
def estimators() -> dict[str, Estimator]:
    """Every estimator by its name in the language, in alphabetical order."""
    files = sorted(m.name for m in iter_modules(__path__) if m.name != "declare")
    found: list[Estimator] = [import_module(f"{__name__}.{file}").ESTIMATOR for file in files]
    return {e.name: e for e in found}


__all__ = ["Estimator", "estimators"]
