"""The estimator `importance`: draws from a flatter distribution, weighted by how probable they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from scgc.declared import NEVER, POSITIVE, PROBABILITY, SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="importance(samples : dim = 1, explore : real[] = 0.1, tau : real[] = 1,"
    " baseline : word = built_in)",
    draw="importance",
    families=("Categorical", "Bernoulli"),
    carries="weights",
    relaxed=False,
    biased=False,
    doc="Draws from a flatter distribution, so that improbable values are tried, and weights the draws by the"
    " ratio of both probabilities.",
    cost="`samples` draws and everything after them",
    source="Kahn and Marshall 1953 (importance sampling); Hesterberg 1995 (the defensive mixture);"
    " Precup et al. 2000 (with the score function)",
    words={"baseline": ("none", "built_in")},
    limits={"samples": SIZE, "explore": PROBABILITY, "tau": POSITIVE},
)


def importance(
    q: Categorical | Bernoulli,
    *,
    samples: int = 1,
    explore: Tensor | float = 0.1,
    tau: Tensor | float = 1.0,
    baseline: Literal["none", "built_in"] = "built_in",
    plates: int = 0,
    dims: int | None = None,
    mode: Mode,
) -> tuple[Tensor, Tensor | None]:
    """In training `samples` independent draws of the proposal, [samples, ...], and the ratios of their
    probabilities under q and under it, divided by their number.

    Every element of a plate is drawn by itself, uniformly with probability `explore`, else from q with its
    logits divided by tau. Where tau is 1 a ratio is at most (1 - explore) ^ -n for n elements; where tau is
    below 1 and explore 0 nothing bounds it.

    explore, tau: a number or a schedule; without a gradient, for the expectation does not depend on them.
    baseline: "built_in" subtracts from every cost the weighted mean cost of the other draws.
    plates, dims: as for `enumerate_support`. Otherwise a draw of q (in mode "mode" the mode) and None.
    """
    if mode != "train":
        return (q.mode if mode == "mode" else q.sample()), None
    import torch

    from scgc.runtime.joint import framed_weights, log_prob_at, log_table, slope, values_at
    from scgc.runtime.noise import exponential_like

    table = log_table(q, plates)
    with torch.no_grad():
        possible = table > NEVER / 2  # other categories are padding
        uniform = possible / possible.sum(-1, keepdim=True)
        proposal = (1 - explore) * (table / tau).softmax(-1) + explore * uniform
        rows = proposal.expand(samples, *proposal.shape)
        codes = (rows / exponential_like(rows)).argmax(-1).movedim(0, -2)
    ratios = (log_prob_at(table, codes) - log_prob_at(proposal.log(), codes)).exp()
    weights = ratios / samples
    if baseline == "built_in" and samples > 1:
        change = slope(weights)
        others = change.sum(-1, keepdim=True) - change
        weights = weights - ratios.detach() * others / (samples - 1)
    values = values_at(q, codes.movedim(-2, 0), plates, dims)
    return values, framed_weights(weights.movedim(-1, 0), q, plates, dims)
