"""What a program asks a distribution: log_prob, entropy and kl, one number per example.

`plates` counts the batch axes of the distribution that belong to the example (the plate of independent
elements); they are summed over. Leading axes (batch, samples) stay.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.distributions import Distribution, ExponentialFamily
from torch.distributions.kl import _KL_REGISTRY


def log_prob(q: Distribution, v: Tensor, plates: int = 0) -> Tensor:
    """The log-density or log-probability of `v` under `q`: [lead...]."""
    return _over_plates(q.log_prob(v), plates)


def entropy(q: Distribution, plates: int = 0) -> Tensor:
    """The (differential) entropy of `q` in nats: [lead...]."""
    return _over_plates(q.entropy(), plates)


def kl(q: Distribution, p: Distribution, plates: int = 0, sample: Tensor | None = None) -> Tensor:
    """The Kullback-Leibler divergence KL(q || p) in nats: [lead...].

    In closed form where one is registered with torch.distributions, else its one-draw estimate
    log q(v) - log p(v) at `sample`. Raises NotImplementedError where there is neither.
    """
    formula = _closed_form(type(q), type(p))
    if formula is not None:
        return _over_plates(formula(q, p), plates)
    if sample is None:
        raise NotImplementedError(f"no closed form of kl({type(q).__name__}, {type(p).__name__})")
    return _over_plates(q.log_prob(sample) - p.log_prob(sample), plates)


def _closed_form(q: type[Distribution], p: type[Distribution]) -> Callable[..., Tensor] | None:
    """The registered formula of the nearest base classes.

    torch's own search, in kl_divergence, is one that torch.compile cannot follow. Its formula for any two
    exponential families is left out: it is one for two of the same family, which have their own.
    """
    for base in q.__mro__:
        for other in p.__mro__:
            if (base, other) in _KL_REGISTRY and base is not ExponentialFamily:
                formula: Callable[..., Tensor] = _KL_REGISTRY[base, other]
                return formula
    return None


def _over_plates(x: Tensor, plates: int) -> Tensor:
    return x.sum(tuple(range(-plates, 0))) if plates else x
