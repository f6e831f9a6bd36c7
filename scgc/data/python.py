"""A user's own data from Python: `python("package.module:function", option = 3)`, only with --allow-extern.

The function is called with the options. It returns a dict of arrays named as the inputs are, a torch
Dataset whose items are such dicts, or a dict `{"train": ..., "test": ..., "validation": ...}` of either.
`ground_truth` is given a `GroundTruth` instead (`factors.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.factors import LIMITS, OPTIONS
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded


def read(request: Request) -> Loaded:
    """Whatever the function returns, as columns; without "test", a tenth is held out."""
    from scgc.data.arrays import load_arrays
    from scgc.data.external import call_target

    return load_arrays(request, *call_target(request))


def read_truth(request: Request) -> Loaded:
    """A `GroundTruth` of the user's: a table of factors, and what their combinations look like."""
    from scgc.data.external_truth import call_truth
    from scgc.data.observing import load_truth

    return load_truth(request, call_truth(request))


DATA = (
    DataSet(
        "python(target : text, options... : any)",
        fields=None,
        dims=None,
        doc="A torch Dataset or arrays that a Python function of yours returns.",
        source="yours",
        licence="yours",
        read=read,
        extern=True,
    ),
    DataSet(
        f"ground_truth(target : text, {OPTIONS}, options... : any)",
        fields=None,
        dims=None,
        doc="Data of yours with known factors: a class with a table `factors` and `observations(factors)`. "
        "It supplies `x`, each factor by its name, `factors`, `values` and `labelled`.",
        source="yours",
        licence="yours",
        read=read_truth,
        extern=True,
        limits=LIMITS,
    ),
)
