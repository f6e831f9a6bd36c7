"""The estimator `score`: hard draws; what carries the gradient is `scgc.runtime.scored`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor
    from torch.distributions import Distribution

    from scgc.runtime import Mode

ESTIMATOR = Estimator(
    signature="score(samples : dim = 1, baseline : word = none)",
    valued="score(baseline : real[], samples : dim = 1)",
    draw="score",
    families=None,
    carries="score",
    relaxed=False,
    biased=False,
    doc="Weights the gradient of the log-probability by the costs downstream, minus a baseline.",
    cost="`samples` draws and everything after them",
    source="Williams 1992 (REINFORCE); Schulman et al. 2015; Kool et al. 2019 (leave_one_out); Rennie et al."
    " 2017 (self_critical); Mnih and Gregor 2014 (a network)",
    words={"baseline": ("none", "moving_average", "leave_one_out", "self_critical")},
    limits={"samples": SIZE},
)


def score(
    q: Distribution, *, samples: int = 1, greedy: bool = False, dims: int | None = None, mode: Mode
) -> Tensor:
    """Hard draws of `q` without a gradient.

    In training with several samples: [samples, ...], an axis in front of q's batch and event shape. With
    `dims`, the batch shape is padded to that many axes by ones between it and the new axis, so that the axis
    stands in front of those that other nodes added. Otherwise one draw (in mode "mode" the mode), without an
    axis.

    greedy: behind the samples comes the mode, on the same axis, for the baseline self_critical.
    """
    if mode == "mode":
        return q.mode
    if mode == "sample" or (samples == 1 and not greedy):
        return q.sample()
    draws = q.sample((samples,))
    if greedy:
        from torch import cat

        draws = cat([draws, q.mode[None]])
    missing = 0 if dims is None else dims - len(q.batch_shape)
    return draws.reshape(len(draws), *(1,) * missing, *draws.shape[1:]) if missing > 0 else draws
