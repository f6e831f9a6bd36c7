"""The registry of operators and layers: every declaration of the files beside this one, by name.

Declarations are data and import no torch. A name may have several overloads; they are tried in order, so the
more special one stands first.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from scgc.ops.declare import Operator

THEMES = (
    "arithmetic",
    "comparisons",
    "elementwise",
    "reductions",
    "shapes",
    "joining",
    "indexing",
    "making",
    "layers",
    "activations",
    "losses",
    "ranking",
    "stochastic",
    "batchwise",
    "schedules",
    "conversions",
)
"""The files, in the order of the reference."""


@cache
def operators() -> dict[str, tuple[Operator, ...]]:
    """Every operator's overloads by name, in the order of the reference."""
    found: dict[str, tuple[Operator, ...]] = {}
    for theme in THEMES:
        for operator in import_module(f"scgc.ops.{theme}").OPERATORS:
            found[operator.name] = (*found.get(operator.name, ()), operator)
    return found


def themes() -> dict[str, tuple[Operator, ...]]:
    """The declarations by file, for the reference."""
    return {theme: import_module(f"scgc.ops.{theme}").OPERATORS for theme in THEMES}
