"""The estimator `score`: its declaration."""

from __future__ import annotations

from scgc.estimators.declare import Estimator

ESTIMATOR = Estimator(
    signature="score(samples : dim = 1, baseline : word = none)",
    draw="score",
    families=None,
    carries="score",
    relaxed=False,
    biased=False,
    doc="Weights the gradient of the log-probability by the costs downstream, minus a baseline.",
    cost="`samples` draws and everything after them",
    source="Williams 1992 (REINFORCE); Schulman et al. 2015; Kool et al. 2019 (leave_one_out)",
    words={"baseline": ("none", "moving_average", "leave_one_out")},
)
