"""The estimator `marginals`: structures relaxed to the probabilities of their parts, with noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import COUNT, POSITIVE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Arborescence, Bernoulli, Categorical, Mode, SpanningTree, TopK

ESTIMATOR = Estimator(
    signature="marginals(tau : real[] = 1, scale : real[] = 1, hard : flag = false)",
    draw="marginals",
    families=("Arborescence", "Bernoulli", "Categorical", "SpanningTree", "TopK"),
    carries="value",
    relaxed=True,
    biased=True,
    doc="Relaxes a draw to the marginals of the distribution with the logits (logits + scale * Gumbel noise)"
    " / tau: for trees the probabilities of the edges, for subsets those of the elements.",
    cost="one draw and its marginals: n steps, each of about n * n numbers for a tree, k for a subset",
    source="Paulus et al. 2020 (stochastic softmax tricks), with exponential family entropy",
    limits={"tau": POSITIVE, "scale": COUNT},
)


def marginals(
    q: Arborescence | Bernoulli | Categorical | SpanningTree | TopK,
    *,
    tau: Tensor | float = 1.0,
    scale: Tensor | float = 1.0,
    hard: bool = False,
    mode: Mode,
) -> Tensor:
    """In training the mean of the distribution with the logits (logits + scale * gumbel) / tau, of q's batch
    and event shape; for Categorical and Bernoulli, that is `gumbel_softmax`.

    scale: 0 is a relaxation without noise. As tau goes to 0 the value goes to the most likely structure of
        the perturbed logits.
    hard: that structure, with the relaxed draw's gradient.

    Otherwise a hard draw of q (in mode "mode" its mode), which neither tau nor scale alters.
    """
    from scgc.estimators.gumbel_softmax import gumbel_softmax

    return gumbel_softmax(q, tau=tau, scale=scale, hard=hard, mode=mode)  # type: ignore[arg-type]
