"""What a program asks a distribution: log_prob, entropy and kl, one number per example.

`plates` counts the batch axes of the distribution that belong to the example (the plate of independent
elements); they are summed over. Leading axes (batch, samples) stay.
"""

from __future__ import annotations

from torch import Tensor
from torch.distributions import Distribution, kl_divergence


def log_prob(q: Distribution, v: Tensor, plates: int = 0) -> Tensor:
    """The log-density or log-probability of `v` under `q`: [lead...]."""
    return _over_plates(q.log_prob(v), plates)


def entropy(q: Distribution, plates: int = 0) -> Tensor:
    """The (differential) entropy of `q` in nats: [lead...]."""
    return _over_plates(q.entropy(), plates)


def kl(q: Distribution, p: Distribution, plates: int = 0, sample: Tensor | None = None) -> Tensor:
    """The Kullback-Leibler divergence KL(q || p) in nats: [lead...].

    In closed form where torch.distributions.kl_divergence knows one, else its one-draw estimate
    log q(v) - log p(v) at `sample`. Raises NotImplementedError where there is neither.
    """
    try:
        divergence = kl_divergence(q, p)
    except NotImplementedError:
        if sample is None:
            raise
        divergence = q.log_prob(sample) - p.log_prob(sample)
    return _over_plates(divergence, plates)


def _over_plates(x: Tensor, plates: int) -> Tensor:
    return x.sum(tuple(range(-plates, 0))) if plates else x
