"""The estimator `entmax`: a relaxed draw between the softmax's and the sparsemax's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import COUNT, POSITIVE, Range
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="entmax(alpha : real[] = 1.5, tau : real[] = 1, scale : real[] = 1, hard : flag = false)",
    draw="entmax",
    families=("Categorical", "Bernoulli"),
    carries="value",
    relaxed=True,
    biased=True,
    doc="Relaxes a draw to entmax((logits + scale * Gumbel noise) / tau): softmax in the limit alpha = 1,"
    " sparsemax at alpha = 2.",
    cost="one draw, sorted for alpha = 1.5 and 2; for others 60 steps of bisection",
    source="Peters et al. 2019, eq. 8, algorithms 1 and 2; with noise: Paulus et al. 2020",
    limits={"alpha": Range(1, open=True), "tau": POSITIVE, "scale": COUNT},
)


def entmax(
    q: Categorical | Bernoulli,
    *,
    alpha: Tensor | float = 1.5,
    tau: Tensor | float = 1.0,
    scale: Tensor | float = 1.0,
    hard: bool = False,
    mode: Mode,
) -> Tensor:
    """In training entmax((logits + scale * gumbel) / tau), [..., k]; for Bernoulli, [...], the first entry of
    that of (logits + scale * logistic, 0) / tau.

    alpha: above 1; the larger, the more entries are exactly 0.
    hard: the corner nearest to it, with its gradient. A corner that is reached exactly has no gradient.

    Otherwise a hard draw of q (in mode "mode" its mode), which no option alters.
    """
    if mode != "train":
        return q.mode if mode == "mode" else q.sample()
    from scgc.runtime import sparse
    from scgc.runtime.functions import cooled, perturbed

    x = perturbed(q.logits, q.noise(), scale)
    project = sparse.entmax if q.event_shape else sparse.entmax_of_bits
    relaxed = project(cooled(x, tau), alpha).to(q.logits.dtype)
    return q.corner(x) + (relaxed - relaxed.detach()) if hard else relaxed
