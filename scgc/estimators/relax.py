"""The estimator `relax`: score, with a learned function of a relaxed draw as its control variate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scgc.declared import SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from scgc.runtime.variates import Relax

ESTIMATOR = Estimator(
    signature="relax(hidden : dim = 64)",
    draw="Relax",
    module=True,
    fixed=True,
    families=("Categorical", "Bernoulli"),
    carries="weights",
    relaxed=False,
    biased=False,
    doc="Score, less what a network with two layers of `hidden` units predicts from a relaxed draw.",
    cost="one draw, and one more backward pass through everything after the node",
    source="Grathwohl et al. 2018 (RELAX, equation 9)",
    limits={"hidden": SIZE},
)


def __getattr__(name: str) -> Any:
    """The class, when torch is there."""
    if name != "Relax":
        raise AttributeError(name)
    from scgc.runtime.variates import Relax

    return Relax


__all__ = ["ESTIMATOR", "Relax"]
