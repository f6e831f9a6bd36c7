"""The gradient estimators of the language: one file each, found here.

Read by the checker and the emitter: importing a file brings its declaration without torch, which its
functions import when they are called. `scgc.runtime` re-exports those functions for generated code. A new
estimator is a new file in this folder with an `ESTIMATOR` and the function that its `draw` names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from scgc.estimators.declare import Estimator


@cache
def estimators() -> dict[str, Estimator]:
    """Every estimator by its name in the language, in alphabetical order."""
    found: list[Estimator] = [module.ESTIMATOR for module in _modules()]
    return {e.name: e for e in found}


@cache
def draws() -> dict[str, Callable[..., Any]]:
    """The functions that draw, by their names (`Estimator.draw`)."""
    return {module.ESTIMATOR.draw: getattr(module, module.ESTIMATOR.draw) for module in _modules()}


def _modules() -> list[ModuleType]:
    files = sorted(m.name for m in iter_modules(__path__) if m.name != "declare")
    return [import_module(f"{__name__}.{file}") for file in files]


__all__ = ["Estimator", "draws", "estimators"]
