"""The estimator `rebar`: score, with the cost of a relaxed draw as its control variate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scgc.declared import POSITIVE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from scgc.runtime.variates import Rebar

ESTIMATOR = Estimator(
    signature="rebar(tau : number = 0.5, eta : number = 1)",
    draw="Rebar",
    module=True,
    families=("Categorical", "Bernoulli"),
    carries="weights",
    relaxed=True,
    biased=False,
    doc="Score, less eta times the cost of a relaxed draw given the hard one; learns tau and eta.",
    cost="three passes through everything after the node, and their second derivatives",
    source="Tucker et al. 2017 (equation 5); the temperature learned as in Grathwohl et al. 2018",
    limits={"tau": POSITIVE},
    beside="subtracted",
)


def __getattr__(name: str) -> Any:
    """The class, when torch is there."""
    if name != "Rebar":
        raise AttributeError(name)
    from scgc.runtime.variates import Rebar

    return Rebar


__all__ = ["ESTIMATOR", "Rebar"]
