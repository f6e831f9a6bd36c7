"""The estimator `gumbel_softmax`: a relaxed draw; with `scale` it is the thesis's TempMatch (5.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import COUNT, POSITIVE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="gumbel_softmax(tau : real[] = 1, scale : real[] = 1, hard : flag = false,"
    " soft : flag = false)",
    draw="gumbel_softmax",
    select="select_row",
    families=("Categorical", "Bernoulli"),
    carries="value",
    relaxed=True,
    biased=True,
    doc="Relaxes a draw to softmax((logits + scale * Gumbel noise) / tau); of a Bernoulli to the sigmoid of"
    " its logit with logistic noise, the binary concrete relaxation.",
    cost="one draw",
    source="Jang et al. 2017; Maddison et al. 2017; scale: thesis 5.2.2 (TempMatch)",
    limits={"tau": POSITIVE, "scale": COUNT},
)


def gumbel_softmax(
    q: Categorical | Bernoulli,
    *,
    tau: Tensor | float = 1.0,
    scale: Tensor | float = 1.0,
    hard: bool = False,
    soft: bool = False,
    mode: Mode,
) -> Tensor:
    """In training softmax((logits + scale * gumbel) / tau), [..., k]; for Bernoulli, [...], the same of the
    logits (logits, 0), that is sigmoid((logits + scale * logistic) / tau).

    scale: 1 is the Gumbel-softmax of Jang et al. 2017 and Maddison et al. 2017, 0 the plain softmax; as it
    grows,
        draws become uniform over the corners.
    hard: the corner nearest to the relaxed draw, with the relaxed draw's gradient.
    soft: draws are relaxed outside of training too, but in mode "mode".

    Otherwise a hard draw of q (in mode "mode" its mode), which neither tau nor scale alters.
    """
    if mode == "mode" or (mode == "sample" and not soft):
        return q.mode if mode == "mode" else q.sample()
    from scgc.runtime.functions import cooled, perturbed

    x = perturbed(q.logits, q.noise(), scale)
    relaxed = q.relax(cooled(x, tau))
    # the difference is exactly 0, so that the value is exactly the corner
    return q.corner(x) + (relaxed - relaxed.detach()) if hard else relaxed
