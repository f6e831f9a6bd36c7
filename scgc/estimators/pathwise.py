"""The estimator `pathwise`: its declaration."""

from __future__ import annotations

from scgc.estimators.declare import Estimator

ESTIMATOR = Estimator(
    signature="pathwise()",
    draw="pathwise",
    families="reparameterised",
    carries="value",
    relaxed=False,
    biased=False,
    doc="Differentiates the draw itself, a smooth function of the parameters and of noise.",
    cost="one draw",
    source="Kingma and Welling 2014; Schulman et al. 2015",
    words={},
)
