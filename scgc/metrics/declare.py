"""How a report measure is declared: something measured over a whole data set, not example by example.

`evaluate NAME { report = [matched_accuracy(left.z, digit_a)] }` names measures with values of the graph; the
evaluation gathers those values over the data set and hands them over as tensors with the examples in front.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scgc.declared import Declared


class Measure(Declared):
    """A measure over a data set.

    signature: in the registries' notation, types for one example: `used(z : onehot(k)) -> real[]`.
    doc: one line for the reference.
    higher_is_better: None where neither end is better.
    compute: takes the gathered values `[examples, ...]` (onehot as floats, class as int64, bool as bool) in
    the signature's order. Of several values one is named "", the measure's own; the others are reported as
    `dci(v).completeness`. source: paper and equation, where there is one.
    factors: whether `compute` takes, behind those values, the factors of the same examples, `[examples, f]`.
    """

    doc: str
    higher_is_better: bool | None
    compute: Callable[..., float | Mapping[str, float]]
    source: str = ""
    factors: bool = False
