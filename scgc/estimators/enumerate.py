"""The estimator `enumerate`: every value of the support is visited, weighted by its probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Binomial, Categorical, Mode, TopK

    Listed = Bernoulli | Binomial | Categorical | TopK

ESTIMATOR = Estimator(
    signature="enumerate()",
    draw="enumerate_support",
    families="finite",
    carries="weights",
    relaxed=False,
    exhaustive=True,
    biased=False,
    doc="Visits every value and weights it by its probability: exact, without noise.",
    cost="everything after the node, once for every value (of the plate's joint support)",
    source="the definition of the expectation",
)


LIMIT = 2**20
"""The largest joint support that is visited."""


def enumerate_support(
    q: Listed, *, plates: int = 0, dims: int | None = None, mode: Mode
) -> tuple[Tensor, Tensor | None]:
    """In training every value of `q`, [K, ...], an axis in front of q's batch and event shape (a view), and
    their probabilities, [K, ...] without the plates, differentiable in q's parameters.

    plates: how many of the last batch axes are independent elements of one example. Their joint support is
        listed: K = k ** (number of elements), where an element has k values: the categories, the subsets of a
    TopK, the counts of a Binomial.
    dims: as for `score`: q's batch shape is padded by ones in front to that many axes first.

    Otherwise a draw (in mode "mode" the mode) and None. Raises ValueError if K is beyond LIMIT.
    """
    from scgc.runtime.densities import log_prob

    if mode != "train":
        return q.mode if mode == "mode" else q.sample(), None
    batch, event = tuple(q.batch_shape), tuple(q.event_shape)
    plate = batch[len(batch) - plates :]
    joint = _joint(q, plate)
    lead = (1,) * (0 if dims is None else dims - len(batch)) + batch[: len(batch) - plates]
    values = joint.reshape(-1, *(1,) * len(lead), *plate, *event).expand(-1, *lead, *plate, *event)
    return values, log_prob(q, values, plates).exp()


def _joint(q: Listed, plate: tuple[int, ...]) -> Tensor:
    """[k ** n, n, ...]: every choice of one of q's k values for each of the plate's n elements."""
    import math

    import torch

    k, n = q.count, math.prod(plate)
    if k**n > LIMIT:
        raise ValueError(f"enumerate would visit {k} ** {n} joint values; use score or a relaxation")
    values = q.values()
    places = k ** torch.arange(n, device=values.device)
    digits = torch.arange(k**n, device=values.device)[:, None] // places % k
    return values[digits]
