"""The estimator `sparsemax`: a relaxed draw, most of whose entries are exactly 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import COUNT, POSITIVE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="sparsemax(tau : real[] = 1, scale : real[] = 1, hard : flag = false)",
    draw="sparsemax",
    families=("Categorical", "Bernoulli"),
    carries="value",
    relaxed=True,
    biased=True,
    doc="Relaxes a draw to sparsemax((logits + scale * Gumbel noise) / tau), the nearest point of the"
    " simplex.",
    cost="one draw, sorted",
    source="Martins and Astudillo 2016, algorithm 1; with noise: Paulus et al. 2020",
    limits={"tau": POSITIVE, "scale": COUNT},
)


def sparsemax(
    q: Categorical | Bernoulli,
    *,
    tau: Tensor | float = 1.0,
    scale: Tensor | float = 1.0,
    hard: bool = False,
    mode: Mode,
) -> Tensor:
    """In training the point of the simplex nearest to (logits + scale * gumbel) / tau: [..., k]; for
    Bernoulli, [...], the first entry of that of (logits + scale * logistic, 0) / tau.

    hard: the corner nearest to it, with its gradient. A corner that is reached exactly has no gradient.

    Otherwise a hard draw of q (in mode "mode" its mode), which neither tau nor scale alters.
    """
    from scgc.estimators.entmax import entmax

    return entmax(q, alpha=2.0, tau=tau, scale=scale, hard=hard, mode=mode)
