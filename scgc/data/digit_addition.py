"""Addition of two 8x8 handwritten digits: the quickstart's data, without any download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded


SOURCE = "Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits (UCI)"
LICENCE = "CC BY 4.0"


def read(request: Request) -> Loaded:
    """Pairs of digits with their sums."""
    from scgc.data.addition import sums
    from scgc.data.handwriting import read_handwriting

    train, test = read_handwriting()
    return sums(train, test, terms=2, examples=request.count("pairs"))


DATA = (
    DataSet(
        "digit_addition(pairs : dim = 6000)",
        fields={
            "a": "real[1, 8, 8]",
            "b": "real[1, 8, 8]",
            "total": "class(19)",
            "digit_a": "class(10)",
            "digit_b": "class(10)",
        },
        doc="Two 8x8 handwritten digits and their sum; ships inside scikit-learn.",
        source=SOURCE,
        licence=LICENCE,
        read=read,
    ),
)
