"""Addition of two or three MNIST digits (Manhaeve et al. 2018, DeepProbLog; thesis 6.1.3 and figure 2.3).

With enough digits every training digit stands in one example, as in the original; where a file holds fewer,
they are gone through in one random order after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded

SOURCE = "LeCun, Cortes and Burges; addition after Manhaeve et al. 2018"
LICENCE = "CC BY-SA 3.0"


def read_two(request: Request) -> Loaded:
    """`pairs` training pairs, and test pairs that use each test digit once."""
    from scgc.data.addition import sums
    from scgc.data.mnist import read_digits

    train, test = read_digits(request)
    return sums(train, test, terms=2, examples=request.count("pairs"))


def read_three(request: Request) -> Loaded:
    """`triples` training triples, and test triples that use each test digit once."""
    from scgc.data.addition import sums
    from scgc.data.mnist import read_digits

    train, test = read_digits(request)
    return sums(train, test, terms=3, examples=request.count("triples"))


DATA = (
    DataSet(
        "mnist_addition(pairs : dim = 30000, digits : dim = none)",
        fields={
            "a": "real[1, 28, 28]",
            "b": "real[1, 28, 28]",
            "total": "class(19)",
            "digit_a": "class(10)",
            "digit_b": "class(10)",
        },
        doc="Two MNIST digits and their sum; `digits` limits how many training digits are used.",
        source=SOURCE,
        licence=LICENCE,
        read=read_two,
    ),
    DataSet(
        "mnist_addition3(triples : dim = 20000, digits : dim = none)",
        fields={
            "a": "real[1, 28, 28]",
            "b": "real[1, 28, 28]",
            "c": "real[1, 28, 28]",
            "total": "class(28)",
            "digit_a": "class(10)",
            "digit_b": "class(10)",
            "digit_c": "class(10)",
            "sum_ab": "class(19)",
        },
        doc="Three MNIST digits and their sum; `sum_ab` is that of the first two.",
        source=SOURCE,
        licence=LICENCE,
        read=read_three,
    ),
)
