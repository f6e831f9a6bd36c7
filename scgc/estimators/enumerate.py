"""The estimator `enumerate`: its declaration."""

from __future__ import annotations

from scgc.estimators.declare import Estimator

ESTIMATOR = Estimator(
    signature="enumerate()",
    draw="enumerate_support",
    families="finite",
    carries="support",
    relaxed=False,
    biased=False,
    doc="Visits every value and weights it by its probability: exact, without noise.",
    cost="everything after the node, once for every value (of the plate's joint support)",
    source="the definition of the expectation",
    words={},
)
