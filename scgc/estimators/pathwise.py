"""The estimator `pathwise`: the draw is a differentiable function of parameters and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor
    from torch.distributions import Distribution

    from scgc.runtime import Mode

ESTIMATOR = Estimator(
    signature="pathwise()",
    draw="pathwise",
    families="reparameterised",
    carries="value",
    relaxed=False,
    biased=False,
    doc="Differentiates the draw itself, a smooth function of the parameters and of noise.",
    cost="one draw",
    source="Kingma and Welling 2014; Schulman et al. 2015",
)


def pathwise(q: Distribution, *, mode: Mode) -> Tensor:
    """A draw of `q`, [...] its batch and event shape; in training differentiable in its parameters.

    Raises NotImplementedError if q has no such draws.
    """
    if mode == "mode":
        return q.mode
    return q.rsample() if mode == "train" else q.sample()
