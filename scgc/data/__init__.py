"""The data sets that programs may name, a file each or a family. Importing this imports no torch."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from scgc.data.declare import DataSet

FILES = (
    "digit_addition",
    "mnist_addition",
    "images",
    "listops",
    "kg_paths",
    "path_queries",
    "bandit",
    "toys",
    "sprites",
    "room",
    "published",
    "nas101",
    "npz",
    "python",
)
"""The files that declare data sets, in the order of the reference; each holds a tuple `DATA`."""


@cache
def data_sets() -> dict[str, DataSet]:
    """Every data set by name."""
    declared: tuple[DataSet, ...] = ()
    for file in FILES:
        declared += import_module(f"scgc.data.{file}").DATA
    return {d.name: d for d in declared}


__all__ = ["DataSet", "data_sets"]
