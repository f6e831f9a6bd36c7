"""The normal distribution by standard deviation or by log-variance.

The log-variance is kept where it is given, so that densities and divergences need no logarithm of an
exponential.
"""

from __future__ import annotations

import math

import torch
from torch import Size, Tensor
from torch.distributions import Normal as TorchNormal
from torch.distributions import register_kl
from torch.distributions.utils import broadcast_all
from torch.types import _size

from scgc.runtime.noise import normal_like


class Normal(TorchNormal):
    """The Gaussian with `mean` and either `std` or `logvar`, each [...] or a number.

    A draw is [...] in the dtype of the parameters. Raises ValueError unless exactly one width is given.
    """

    def __init__(
        self, mean: Tensor | float, std: Tensor | float | None = None, *, logvar: Tensor | float | None = None
    ) -> None:
        if (std is None) == (logvar is None):
            raise ValueError("Normal takes std or logvar")
        mean, width = _broadcast(mean, logvar if std is None else std)
        self.loc = mean
        self.scale = (0.5 * width).exp() if std is None else width
        self._logvar = width if std is None else None
        self._batch_shape, self._event_shape, self._validate_args = mean.shape, Size(), False

    def expand(self, batch_shape: _size, _instance: object = None) -> Normal:
        loc = self.loc.expand(*batch_shape)
        if self._logvar is not None:
            return Normal(loc, logvar=self._logvar.expand(*batch_shape))
        return Normal(loc, self.scale.expand(*batch_shape))

    @property
    def log_std(self) -> Tensor:
        return self.scale.log() if self._logvar is None else 0.5 * self._logvar

    def rsample(self, sample_shape: _size = ()) -> Tensor:
        """[*sample_shape, ...], differentiable in both parameters."""
        loc = self.loc.expand(*sample_shape, *self.loc.shape) if sample_shape else self.loc
        return (loc + self.scale * normal_like(loc)).to(loc.dtype)

    def sample(self, sample_shape: _size = ()) -> Tensor:
        with torch.no_grad():
            return self.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        return -0.5 * (((value - self.loc) / self.scale) ** 2 + math.log(2 * math.pi)) - self.log_std

    def entropy(self) -> Tensor:
        return self.log_std + 0.5 * (1 + math.log(2 * math.pi))


def _broadcast(mean: Tensor | float, width: Tensor | float | None) -> tuple[Tensor, Tensor]:
    assert width is not None
    if isinstance(mean, Tensor) and isinstance(width, Tensor) and mean.shape == width.shape:
        return mean, width
    mean, width = broadcast_all(mean, width)
    return mean, width


def kl_normal(q: Normal, p: Normal) -> Tensor:
    """KL(q || p) in nats: [...]."""
    ratio, distance = q.scale / p.scale, (q.loc - p.loc) / p.scale
    return 0.5 * (ratio**2 + distance**2 - 1) + p.log_std - q.log_std


register_kl(Normal, Normal)(kl_normal)  # type: ignore[no-untyped-call]
