"""The Bernoulli distribution over the numbers 0 and 1; see `categorical.py` for the manner.

It is the categorical distribution with the logits (logits, 0), of whose draw only the first entry is kept.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Size, Tensor
from torch.distributions import Distribution, constraints, register_kl
from torch.nn.functional import softplus
from torch.types import _size

from scgc.runtime.categorical import safe_log
from scgc.runtime.noise import logistic_like


class Bernoulli(Distribution):
    """0 or 1.

    logits: [...], the log-odds of a 1. probs: [...], its probability. A draw is [...] in their dtype.

    Raises ValueError unless exactly one of them is given.
    """

    arg_constraints: ClassVar[dict[str, constraints.Constraint]] = {}
    has_enumerate_support = True

    def __init__(self, logits: Tensor | float | None = None, probs: Tensor | float | None = None) -> None:
        if (logits is None) == (probs is None):
            raise ValueError("Bernoulli takes logits or probs")
        given = logits if probs is None else probs
        if not isinstance(given, Tensor):
            given = torch.tensor(given, dtype=torch.get_default_dtype())
        self.logits = given if probs is None else safe_log(given) - safe_log(1 - given)

    @staticmethod
    def uniform() -> Bernoulli:
        """0 and 1 with equal probability, on every device: for priors, which are not drawn from."""
        return _Uniform(logits=0.0)

    @property
    def batch_shape(self) -> Size:
        return self.logits.shape

    @property
    def event_shape(self) -> Size:
        return Size()

    def expand(self, batch_shape: _size, _instance: object = None) -> Bernoulli:
        return Bernoulli(logits=self.logits.expand(*batch_shape))

    @property
    def probs(self) -> Tensor:
        return self.logits.sigmoid()

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def variance(self) -> Tensor:
        probs = self.probs
        return probs * (1 - probs)

    @property
    def mode(self) -> Tensor:
        return self.corner(self.logits)

    def sample(self, sample_shape: _size = ()) -> Tensor:
        """[*sample_shape, ...]"""
        logits = self.logits.expand(*sample_shape, *self.logits.shape) if sample_shape else self.logits
        with torch.no_grad():
            return self.corner(logits + logistic_like(logits))

    def log_prob(self, value: Tensor) -> Tensor:
        """[...]: linear in `value`, so that it is defined for relaxed draws too."""
        value = value.to(self.logits.dtype) if value.dtype is torch.bool else value
        product, of_one = (value - 1) * self.logits, _log_sigmoid(self.logits)
        if product.dtype != of_one.dtype:
            return product + of_one
        return product.add_(of_one)  # in place: for many draws it is memory that takes time

    def entropy(self) -> Tensor:
        return -self.log_prob(self.probs)

    @property
    def count(self) -> int:
        return 2

    def values(self) -> Tensor:
        """[2]: 0 and 1."""
        return torch.arange(2, dtype=self.logits.dtype, device=self.logits.device)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """[2, ...]: 0 and 1, with leading axes of length 1 unless `expand`."""
        values = self.values().reshape(2, *(1,) * self.logits.dim())
        return values.expand(-1, *self.logits.shape) if expand else values

    def noise(self) -> Tensor:
        """What, added to the logits, makes the sign a draw: the difference of two Gumbel variables."""
        return logistic_like(self.logits)

    def relax(self, x: Tensor) -> Tensor:
        """From numbers into the unit interval."""
        return x.sigmoid().to(self.logits.dtype)

    def corner(self, x: Tensor) -> Tensor:
        """From numbers to 1 where they are positive, else 0, without a gradient."""
        return (x > 0).to(self.logits.dtype)


class _Uniform(Bernoulli):
    """A divergence from it is an entropy and a number."""


def _softplus(x: Tensor) -> Tensor:
    """Up to the threshold log(1 + exp(x)) is not x in float64."""
    return softplus(x, threshold=40)


def _log_sigmoid(x: Tensor) -> Tensor:
    """As torch's, which on a processor fills a buffer besides."""
    return softplus(x, beta=-1, threshold=40)


def kl_bernoulli(q: Bernoulli, p: Bernoulli) -> Tensor:
    """KL(q || p) in nats: [...]."""
    return q.probs * (q.logits - p.logits) - _softplus(q.logits) + _softplus(p.logits)


def kl_to_uniform(q: Bernoulli, p: _Uniform) -> Tensor:
    """KL(q || p) in nats: [...]."""
    return q.log_prob(q.probs) + math.log(2)


register_kl(Bernoulli, Bernoulli)(kl_bernoulli)  # type: ignore[no-untyped-call]
register_kl(Bernoulli, _Uniform)(kl_to_uniform)  # type: ignore[no-untyped-call]
