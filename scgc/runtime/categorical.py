"""The one-hot categorical distribution, as thin as the estimators need it.

Nothing is checked and nothing is normalised before it is asked for: `gumbel_softmax` works on the logits as
they come. The three methods at the end (`noise`, `relax`, `corner`) are what a relaxation of a discrete
distribution consists of; `Bernoulli` has the same ones.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Size, Tensor
from torch.distributions import Distribution, constraints, register_kl
from torch.types import _size

from scgc.runtime.noise import gumbel_like


def safe_log(probs: Tensor) -> Tensor:
    """The logarithm with its argument kept at or above 1e-20, so that it and its gradient are finite."""
    return probs.clamp_min(max(1e-20, torch.finfo(probs.dtype).tiny)).log()


class Categorical(Distribution):
    """One of k categories, drawn as a one-hot vector.

    logits: [..., k], any real numbers. probs: [..., k], not negative, with any positive sum.
    A draw is [..., k] in the dtype of the parameter.

    Raises ValueError unless exactly one of them is given.
    """

    arg_constraints: ClassVar[dict[str, constraints.Constraint]] = {}
    has_enumerate_support = True

    def __init__(self, logits: Tensor | None = None, probs: Tensor | None = None) -> None:
        # Distribution.__init__ is left out on purpose: it costs as much as the sampling.
        if logits is None:
            if probs is None:
                raise ValueError("Categorical takes logits or probs")
            logits = safe_log(probs)
        elif probs is not None:
            raise ValueError("Categorical takes logits or probs, not both")
        self.logits = logits

    @staticmethod
    def uniform(k: int) -> Categorical:
        """k categories of equal probability, on every device: for priors, which are not drawn from."""
        return _Uniform(k)

    @property
    def batch_shape(self) -> Size:
        return self.logits.shape[:-1]

    @property
    def event_shape(self) -> Size:
        return self.logits.shape[-1:]

    def expand(self, batch_shape: _size, _instance: object = None) -> Categorical:
        return Categorical(logits=self.logits.expand(*batch_shape, self.logits.shape[-1]))

    @property
    def log_probs(self) -> Tensor:
        """[..., k]: normalised."""
        return self.logits.log_softmax(-1)

    @property
    def probs(self) -> Tensor:
        return self.logits.softmax(-1)

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
        """[*sample_shape, ..., k], by the Gumbel-max trick."""
        logits = self.logits.expand(*sample_shape, *self.logits.shape) if sample_shape else self.logits
        with torch.no_grad():
            return self.corner(logits + gumbel_like(logits))

    def log_prob(self, value: Tensor) -> Tensor:
        """[...]: linear in `value`, so that it is defined for relaxed draws too."""
        return (value * self.log_probs).sum(-1)

    def entropy(self) -> Tensor:
        log_probs = self.log_probs
        return -(log_probs.exp() * log_probs).sum(-1)

    @property
    def count(self) -> int:
        return self.logits.shape[-1]

    def values(self) -> Tensor:
        """[k, k]: each category as a one-hot vector."""
        return torch.eye(self.logits.shape[-1], dtype=self.logits.dtype, device=self.logits.device)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """[k, ..., k]: each category, with leading axes of length 1 unless `expand`."""
        values = self.values().reshape(-1, *(1,) * len(self.batch_shape), *self.event_shape)
        return values.expand(-1, *self.logits.shape) if expand else values

    def noise(self) -> Tensor:
        """What, added to the logits, makes the largest entry a draw."""
        return gumbel_like(self.logits)

    def relax(self, x: Tensor) -> Tensor:
        """From [..., k] numbers into the simplex."""
        return x.softmax(-1).to(self.logits.dtype)

    def corner(self, x: Tensor) -> Tensor:
        """From [..., k] numbers to the corner of the largest, without a gradient."""
        zeros = torch.zeros_like(x, dtype=self.logits.dtype)
        return zeros.scatter(-1, x.argmax(-1, keepdim=True), 1.0)


class _Uniform(Categorical):
    """Its log-probability is one number, which combines with tensors of every device and shape."""

    def __init__(self, k: int) -> None:
        super().__init__(logits=torch.zeros(k))

    @property
    def log_probs(self) -> Tensor:
        return torch.tensor(-math.log(self.logits.shape[-1]))


def kl_categorical(q: Categorical, p: Categorical) -> Tensor:
    """KL(q || p) in nats: [...]."""
    log_probs = q.log_probs
    return (log_probs.exp() * (log_probs - p.log_probs)).sum(-1)


def kl_to_uniform(q: Categorical, p: _Uniform) -> Tensor:
    """KL(q || p) in nats: [...]."""
    return math.log(p.count) - q.entropy()


register_kl(Categorical, Categorical)(kl_categorical)  # type: ignore[no-untyped-call]
register_kl(Categorical, _Uniform)(kl_to_uniform)  # type: ignore[no-untyped-call]
