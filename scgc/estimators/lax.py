"""The estimator `lax`: score, with a learned function of a reparameterised draw as its control variate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scgc.declared import SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from scgc.runtime.variates import Lax

ESTIMATOR = Estimator(
    signature="lax(hidden : dim = 64)",
    draw="Lax",
    module=True,
    fixed=True,
    families="reparameterised",
    carries="weights",
    relaxed=False,
    biased=False,
    doc="Score, less what a network with two layers of `hidden` units predicts from the draw.",
    cost="one draw, and one more backward pass through everything after the node",
    source="Grathwohl et al. 2018 (LAX, equation 6)",
    limits={"hidden": SIZE},
)


def __getattr__(name: str) -> Any:
    """The class, when torch is there."""
    if name != "Lax":
        raise AttributeError(name)
    from scgc.runtime.variates import Lax

    return Lax


__all__ = ["ESTIMATOR", "Lax"]
