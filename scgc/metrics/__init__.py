"""The measures that an `evaluate` block may report. Importing this imports no torch.

Those of disentanglement are functions of plain arrays too: `from scgc.metrics import mig`, then
`mig(codes, factors)` with a row for each example.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from scgc.metrics.declare import Measure

if TYPE_CHECKING:
    from scgc.metrics.efficiency import Efficiency, sample_efficiency
    from scgc.metrics.information import mig, modularity, total_correlation
    from scgc.metrics.linear import explicitness, sap
    from scgc.metrics.pairs import beta_vae, factor_vae
    from scgc.metrics.trees import Dci, dci

FILES = ("categories", "cells", "disentanglement")
"""The files that declare measures; each holds a tuple `MEASURES`."""


@cache
def measures() -> dict[str, Measure]:
    """Every measure by name."""
    declared: tuple[Measure, ...] = ()
    for file in FILES:
        declared += import_module(f"scgc.metrics.{file}").MEASURES
    return {m.name: m for m in declared}


HOMES = {
    "mig": "information",
    "modularity": "information",
    "total_correlation": "information",
    "dci": "trees",
    "Dci": "trees",
    "sap": "linear",
    "explicitness": "linear",
    "beta_vae": "pairs",
    "factor_vae": "pairs",
    "sample_efficiency": "efficiency",
    "Efficiency": "efficiency",
}
"""Where each function is; they need NumPy, so they are imported when first asked for."""


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"scgc.metrics.{HOMES[name]}"), name)


__all__ = [
    "Dci",
    "Efficiency",
    "Measure",
    "beta_vae",
    "dci",
    "explicitness",
    "factor_vae",
    "measures",
    "mig",
    "modularity",
    "sample_efficiency",
    "sap",
    "total_correlation",
]
