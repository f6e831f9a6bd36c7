"""A user's own arrays: `npz("train.npz", test = "test.npz")`, named as the program's inputs are.

The first axis of every array counts the examples; a single whole number named `entities` gives
`data.entities`. Paths are relative to the program's file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded


def read(request: Request) -> Loaded:
    """Arrays of one to three files; without `test`, a tenth of the training examples is held out."""
    from scgc.data.arrays import load_arrays, read_npz

    train = read_npz(request, request.text("train"))
    names = (request.text(part, default="") for part in ("test", "validation"))
    return load_arrays(request, train, *(read_npz(request, name) if name else None for name in names))


DATA = (
    DataSet(
        "npz(train : text, test : text = none, validation : text = none)",
        fields=None,
        dims=None,
        doc="Arrays of your own in NumPy's npz files, named as the inputs are.",
        source="yours",
        licence="yours",
        read=read,
    ),
)
