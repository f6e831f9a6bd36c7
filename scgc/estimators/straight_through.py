"""The estimator `straight_through`: its declaration."""

from __future__ import annotations

from scgc.estimators.declare import Estimator

ESTIMATOR = Estimator(
    signature="straight_through()",
    draw="straight_through",
    families=("Categorical", "Bernoulli"),
    carries="value",
    relaxed=False,
    biased=True,
    doc="Draws hard and passes the gradient as if the draw were the probabilities.",
    cost="one draw",
    source="Bengio et al. 2013",
    words={},
)
