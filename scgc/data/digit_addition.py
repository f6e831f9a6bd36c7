"""Addition of two 8x8 handwritten digits: the quickstart's data, without any download.

The 1,797 digits ship inside scikit-learn (`load_digits`); every fifth one is a test digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded


def read(request: Request) -> Loaded:
    """Pairs of digits with their sums; images scaled from 0..16 to -1..1."""
    import torch
    from sklearn.datasets import load_digits

    from scgc.data.addition import Digits, sums

    bunch = load_digits()
    images = torch.from_numpy(bunch.images).float().unsqueeze(1) / 8 - 1
    labels = torch.from_numpy(bunch.target).long()
    held_out = torch.arange(len(labels)) % 5 == 4
    train = Digits(images[~held_out], labels[~held_out])
    test = Digits(images[held_out], labels[held_out])
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
        source="Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits (UCI)",
        licence="CC BY 4.0",
        read=read,
    ),
)
