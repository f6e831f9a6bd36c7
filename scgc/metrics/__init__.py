"""The measures that an `evaluate` block may report. Importing this imports no torch."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from scgc.metrics.declare import Measure

FILES = ("categories", "cells")
"""The files that declare measures; each holds a tuple `MEASURES`."""


@cache
def measures() -> dict[str, Measure]:
    """Every measure by name."""
    declared: tuple[Measure, ...] = ()
    for file in FILES:
        declared += import_module(f"scgc.metrics.{file}").MEASURES
    return {m.name: m for m in declared}


__all__ = ["Measure", "measures"]
