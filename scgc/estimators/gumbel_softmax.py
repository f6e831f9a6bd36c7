"""The estimator `gumbel_softmax`: its declaration."""

from __future__ import annotations

from scgc.estimators.declare import Estimator

ESTIMATOR = Estimator(
    signature="gumbel_softmax(tau : real[] = 1, scale : real[] = 1, hard : flag = false)",
    draw="gumbel_softmax",
    families=("Categorical", "Bernoulli"),
    carries="value",
    relaxed=True,
    biased=True,
    doc="Relaxes a draw to softmax((logits + scale * Gumbel noise) / tau).",
    cost="one draw",
    source="Jang et al. 2017; Maddison et al. 2017; scale: thesis 5.2.2 (TempMatch)",
    words={},
)
