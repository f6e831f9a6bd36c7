"""The estimator `vimco`: the samples of one bound, each weighed against what the others would have given.

The draws are those of `score`; what carries the gradient is `scgc.runtime.scored_jointly`.
"""

from __future__ import annotations

from scgc.estimators.declare import Estimator
from scgc.estimators.score import score

ESTIMATOR = Estimator(
    signature="vimco()",
    draw="score",
    families=None,
    carries="score",
    bound=True,
    relaxed=False,
    biased=False,
    doc="The score of each element of a plate, whose elements are the samples of a log_mean_exp.",
    cost="one draw; the elements of the plate are the samples",
    source="Mnih and Rezende 2016 (equations 9 and 10, the geometric mean)",
)

__all__ = ["ESTIMATOR", "score"]
