"""What a program asks a distribution: log_prob, entropy and kl, one number per example.

`plates` counts the batch axes of the distribution that belong to the example (the plate of independent
elements); they are summed over, those that `where` leaves out excepted. Leading axes (batch, samples) stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Size, Tensor
from torch.distributions import Distribution, ExponentialFamily
from torch.distributions.kl import _KL_REGISTRY


def log_prob(
    q: Distribution | None, v: Tensor | None, plates: int = 0, where: Tensor | None = None
) -> Tensor:
    """The log-density or log-probability of `v` under `q`: [lead...]; 0 of what was not drawn (None)."""
    if q is None or v is None:
        return torch.zeros(())
    return _over_plates(q.log_prob(v), plates, where)


def entropy(q: Distribution, plates: int = 0, where: Tensor | None = None) -> Tensor:
    """The (differential) entropy of `q` in nats: [lead...]."""
    return _over_plates(q.entropy(), plates, where)


def kl(
    q: Distribution,
    p: Distribution,
    plates: int = 0,
    sample: Tensor | None = None,
    where: Tensor | None = None,
) -> Tensor:
    """The Kullback-Leibler divergence KL(q || p) in nats: [lead...].

    In closed form where one is registered with torch.distributions, else its one-draw estimate
    log q(v) - log p(v) at `sample`. Raises NotImplementedError where there is neither.
    """
    if isinstance(q, Rounds):
        return _over_plates(q.divergence(p, sample), plates, where)
    formula = _closed_form(type(q), type(p))
    if formula is not None:
        return _over_plates(formula(q, p), plates, where)
    if sample is None:
        raise NotImplementedError(f"no closed form of kl({type(q).__name__}, {type(p).__name__})")
    return _over_plates(q.log_prob(sample) - p.log_prob(sample), plates, where)


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


def _over_plates(x: Tensor, plates: int, where: Tensor | None) -> Tensor:
    """The sum over the elements of the plate, of those that `where` marks."""
    if where is not None:
        x = torch.where(where, x, 0.0)
    return x.sum(tuple(range(-plates, 0))) if plates else x


class Rounds(Distribution):
    """The distributions of a stochastic node in every round of a loop.

    Their axis stands in front of each one's `plates` axes: values are [lead..., rounds, plates..., event...].
    """

    def __init__(self, parts: Sequence[Distribution], plates: int = 0) -> None:
        # Distribution.__init__ is left out on purpose, as in the other families.
        self.parts = parts
        self.plates = plates

    @property
    def event_shape(self) -> Size:
        return self.parts[0].event_shape

    @property
    def batch_shape(self) -> Size:
        shape = self.parts[0].batch_shape
        cut = len(shape) - self.plates
        return Size((*shape[:cut], len(self.parts), *shape[cut:]))

    def log_prob(self, value: Tensor) -> Tensor:
        """[lead..., rounds, plates...]"""
        values = value.unbind(-1 - self.plates - len(self.event_shape))
        return self._stack([q.log_prob(v) for q, v in zip(self.parts, values, strict=True)])

    def entropy(self) -> Tensor:
        """[lead..., rounds, plates...]"""
        return self._stack([q.entropy() for q in self.parts])

    def divergence(self, p: Distribution, sample: Tensor | None) -> Tensor:
        """KL(self || p) of every round, p being one for all or their own: [lead..., rounds, plates...]."""
        others = p.parts if isinstance(p, Rounds) else [p] * len(self.parts)
        values: Sequence[Tensor | None] = [None] * len(self.parts)
        if sample is not None:
            values = sample.unbind(-1 - self.plates - len(self.event_shape))
        pairs = zip(self.parts, others, values, strict=True)
        return self._stack([kl(q, other, sample=v) for q, other, v in pairs])

    def _stack(self, parts: list[Tensor]) -> Tensor:
        if not parts:
            return torch.zeros((0,) + (1,) * self.plates)
        return torch.stack(torch.broadcast_tensors(*parts), -1 - self.plates)  # type: ignore[no-untyped-call]
