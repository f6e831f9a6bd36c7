"""The estimator `straight_through`: a hard draw that passes the gradient on as its mean would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Arborescence, Bernoulli, Categorical, Mode, SpanningTree, TopK

ESTIMATOR = Estimator(
    signature="straight_through()",
    draw="straight_through",
    families=("Arborescence", "Bernoulli", "Categorical", "SpanningTree", "TopK"),
    carries="value",
    relaxed=False,
    biased=True,
    doc="Draws hard and passes the gradient as if the draw were the probabilities.",
    cost="one draw",
    source="Bengio et al. 2013; for subsets Ahmed et al. 2023 (SIMPLE)",
)


def straight_through(
    q: Arborescence | Bernoulli | Categorical | SpanningTree | TopK, *, mode: Mode
) -> Tensor:
    """A hard draw of `q`, its batch and event shape, with the gradient of q's probabilities (for structures,
    of the marginals of their parts).

    In mode "mode" the mode. Outside training without a gradient.
    """
    if mode != "train":
        return q.mode if mode == "mode" else q.sample()
    probs = q.probs
    return q.sample() + (probs - probs.detach())
