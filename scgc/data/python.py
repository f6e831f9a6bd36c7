"""A user's own data from Python: `python("package.module:function", option = 3)`, only with --allow-extern.

The function is called with the options. It returns a dict of arrays named as the inputs are, a torch
Dataset whose items are such dicts, or a dict `{"train": ..., "test": ..., "validation": ...}` of either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded


def read(request: Request) -> Loaded:
    """Whatever the function returns, as columns; without "test", a tenth is held out."""
    from scgc.data.arrays import load_arrays
    from scgc.data.external import call_target

    return load_arrays(request, *call_target(request))


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
)
