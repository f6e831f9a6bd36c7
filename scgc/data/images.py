"""Single handwritten digits, as generative models and classifiers take them: MNIST, and the small ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data import digit_addition, mnist_addition
from scgc.data.declare import DataSet
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.addition import Digits
    from scgc.data.columns import Loaded, Split


def read_mnist(request: Request) -> Loaded:
    """The official training and test digits."""
    from scgc.data.mnist import read_digits

    return _images(*read_digits(request))


def read_digits(request: Request) -> Loaded:
    """Those inside scikit-learn: 1,438 to train on, 359 to test."""
    from scgc.data.handwriting import read_handwriting

    return _images(*read_handwriting())


def _images(train: Digits, test: Digits) -> Loaded:
    from scgc.data.columns import Loaded

    return Loaded({"train": _split(train), "test": _split(test)})


def _split(digits: Digits) -> Split:
    from scgc.data.columns import columns

    # the middle between paper and ink, so that what is binarised is the same for every run
    return columns({"image": digits.images, "ink": digits.images > 0, "digit": digits.labels})


DATA = (
    DataSet(
        "mnist(digits : dim = none)",
        fields={"image": "real[1, 28, 28]", "ink": "bool[1, 28, 28]", "digit": "class(10)"},
        doc="The MNIST digits, grey in -1..1 and as ink; `digits` limits how many training digits are used.",
        source="LeCun, Cortes and Burges",
        licence=mnist_addition.LICENCE,
        read=read_mnist,
    ),
    DataSet(
        "digits()",
        fields={"image": "real[1, 8, 8]", "ink": "bool[1, 8, 8]", "digit": "class(10)"},
        doc="8x8 handwritten digits, grey in -1..1 and as ink; ships inside scikit-learn.",
        source=digit_addition.SOURCE,
        licence=digit_addition.LICENCE,
        read=read_digits,
    ),
)
