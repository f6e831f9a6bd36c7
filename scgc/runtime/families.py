"""The families that torch.distributions has, without its checks and safe in low precision.

Parameters in half precision are taken to float32 (torch cannot draw some families otherwise, and bfloat16
noise has too few values); draws come back in the dtype of the parameters.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributions
from torch.distributions import Distribution, register_kl
from torch.types import _size

from scgc.runtime.noise import gumbel_like, normal_like, uniform_like
from scgc.runtime.normal import Normal, kl_normal


class Plain(Distribution):
    """Goes in front of torch's class."""

    def __init__(self, *params: Tensor | float, **named: Tensor | float) -> None:
        tensors = [p for p in (*params, *named.values()) if isinstance(p, Tensor) and p.is_floating_point()]
        self._drawn = tensors[0].dtype if tensors else torch.get_default_dtype()
        wide = {name: _widened(p) for name, p in named.items()}
        super().__init__(*map(_widened, params), validate_args=False, **wide)  # type: ignore[arg-type, misc]

    def _get_checked_instance(self, cls: type[Any], _instance: Any = None) -> Any:
        """Lets torch's `expand` make an object of our class."""
        new = type(self).__new__(type(self)) if _instance is None else _instance
        new._drawn = self._drawn
        return new

    def rsample(self, sample_shape: _size = ()) -> Tensor:
        return super().rsample(torch.Size(sample_shape)).to(self._drawn)

    def sample(self, sample_shape: _size = ()) -> Tensor:
        if self.has_rsample:
            with torch.no_grad():
                return self.rsample(sample_shape)
        return super().sample(torch.Size(sample_shape)).to(self._drawn)


def _widened(param: Tensor | float) -> Tensor | float:
    if isinstance(param, Tensor) and param.dtype in (torch.bfloat16, torch.float16):
        return param.float()
    return param


class Uniform(Plain, distributions.Uniform):
    """Between `low` and `high`, [...] each. Its mode stands for all values alike: the middle."""

    @property
    def mode(self) -> Tensor:
        return self.mean


class Gumbel(Plain, distributions.Gumbel):
    """`loc` and `scale`, [...] each."""

    def rsample(self, sample_shape: _size = ()) -> Tensor:
        loc = self.loc.expand(*sample_shape, *self.loc.shape)
        return (loc + self.scale * gumbel_like(loc)).to(self._drawn)


class Laplace(Plain, distributions.Laplace):
    """`loc` and `scale`, [...] each."""


class Exponential(Plain, distributions.Exponential):
    """`rate`, [...]."""

    def rsample(self, sample_shape: _size = ()) -> Tensor:
        rate = self.rate.expand(*sample_shape, *self.rate.shape)
        return (-uniform_like(rate).log() / rate).to(self._drawn)


class LogNormal(Plain, distributions.LogNormal):
    """The exponential of a Normal(`loc`, `scale`), [...] each."""

    def rsample(self, sample_shape: _size = ()) -> Tensor:
        loc = self.loc.expand(*sample_shape, *self.loc.shape)
        return (loc + self.scale * normal_like(loc)).exp().to(self._drawn)


class Gamma(Plain, distributions.Gamma):
    """`concentration` (shape) and `rate`, [...] each."""


class Dirichlet(Plain, distributions.Dirichlet):
    """`concentration`, [..., k]; a draw is [..., k]."""

    @property
    def mode(self) -> Tensor:
        return _peak(self.concentration)


class Beta(Plain, distributions.Beta):
    """`concentration1` counts for 1, `concentration0` for 0, [...] each."""

    @property
    def mode(self) -> Tensor:
        return _peak(torch.stack([self.concentration1, self.concentration0], -1))[..., 0]


class Poisson(Plain, distributions.Poisson):
    """`rate`, [...]."""


class Geometric(Plain, distributions.Geometric):
    """Failures before the first success: `probs` of a success or its log-odds `logits`, [...]."""


def _kl_lognormal(q: LogNormal, p: LogNormal) -> Tensor:
    return kl_normal(Normal(q.loc, q.scale), Normal(p.loc, p.scale))


register_kl(LogNormal, LogNormal)(_kl_lognormal)  # type: ignore[no-untyped-call]


def _peak(concentration: Tensor) -> Tensor:
    """Where a Dirichlet density is largest.

    Without an inner maximum: the corner of the largest concentration, or the middle if all are equal.
    """
    above = (concentration - 1).clamp_min(0)
    total = above.sum(-1, keepdim=True)
    largest = concentration == concentration.amax(-1, keepdim=True)
    corner = largest.to(concentration.dtype)
    return torch.where(total > 0, above / total.clamp_min(1e-30), corner / corner.sum(-1, keepdim=True))
