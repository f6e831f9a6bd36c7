"""The measures of disentanglement as `evaluate` blocks name them: codes against the data's factors.

The computing is in `information.py`, `trees.py`, `linear.py`, `pairs.py` and `efficiency.py`, on plain
arrays; `scgc.metrics` exports those functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import nan
from typing import TYPE_CHECKING, Any

from scgc.metrics.declare import Measure

if TYPE_CHECKING:
    from torch import Tensor


def _of_factors(name: str, **options: Any) -> Callable[[Tensor, Tensor], Mapping[str, float]]:
    """A function of `scgc.metrics` as a measure: the first of several values is the measure's own."""

    def compute(code: Tensor, factors: Tensor) -> Mapping[str, float]:
        from scgc import metrics

        if not bool(code.isfinite().all()):  # a model that diverged has no score, and its run still ends
            return {"": nan}
        found = getattr(metrics, name)(code.numpy(), factors.numpy(), **options)
        if not isinstance(found, tuple):
            return {"": found}
        parts = found._asdict()  # type: ignore[attr-defined]
        return {name if i else "": value for i, (name, value) in enumerate(parts.items())}

    return compute


def total_correlation(code: Tensor) -> float:
    """See `information.py`."""
    from scgc.metrics import information

    return information.total_correlation(code.numpy()) if bool(code.isfinite().all()) else nan


def _measure(signature: str, function: str, doc: str, source: str, **options: Any) -> Measure:
    return Measure(
        f"{signature}(code : real[n]) -> real[]",
        doc=doc,
        higher_is_better=True,
        compute=_of_factors(function, **options),
        source=source,
        factors=True,
    )


MEASURES = (
    _measure(
        "mig",
        "mig",
        "How much more the best code tells of a factor than the second best does, as a share of the factor's "
        "entropy (mutual information gap).",
        "Chen et al. 2018",
    ),
    _measure(
        "dci",
        "dci",
        "Whether codes tell of one factor each, judged by gradient-boosted trees; with `completeness`, "
        "whether factors are told by one code each, and `informativeness`, the accuracy of the trees.",
        "Eastwood and Williams 2018",
    ),
    _measure(
        "sap",
        "sap",
        "How much better the best code alone predicts a factor than the second best does (separated attribute"
        " predictability).",
        "Kumar et al. 2017",
    ),
    _measure(
        "modularity",
        "modularity",
        "Whether each code tells of one factor alone, by mutual information.",
        "Ridgeway and Mozer 2018",
    ),
    _measure(
        "explicitness",
        "explicitness",
        "Whether a linear classifier reads the factors from the codes: the area under its curve, 0.5 by"
        " chance.",
        "Ridgeway and Mozer 2018",
    ),
    _measure(
        "beta_vae",
        "beta_vae",
        "How often a linear classifier tells which factor pairs of examples share, by how far apart their "
        "codes are.",
        "Higgins et al. 2017",
    ),
    _measure(
        "factor_vae",
        "factor_vae",
        "How often the code that varies least tells which factor examples share.",
        "Kim and Mnih 2018",
    ),
    _measure(
        "linear_efficiency",
        "sample_efficiency",
        "The accuracy of logistic regression from codes to factors after 100 examples over that after 10,000 "
        "(or two thirds of those that there are); with both accuracies, `few` and `many`.",
        "Locatello et al. 2019; thesis 6.2.2",
        model="linear",
    ),
    _measure(
        "tree_efficiency",
        "sample_efficiency",
        "The same of gradient-boosted trees.",
        "Locatello et al. 2019; thesis B.1",
        model="trees",
    ),
    Measure(
        "total_correlation(code : real[n]) -> real[]",
        doc="The total correlation that Gaussian codes with this covariance have, in nats.",
        higher_is_better=False,
        compute=total_correlation,
        source="Watanabe 1960; Locatello et al. 2019",
    ),
)
