"""Every family of the runtime with random parameters of shape [4, 3], beside torch's for comparison."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, distributions
from torch.distributions import Distribution

import scgc.runtime as runtime

Builder = Callable[[Any, Tensor], Distribution]
# The module is scgc.runtime or torch.distributions; the tensor any real numbers [4, 3].
BUILDERS: dict[str, Builder] = {
    "Normal": lambda m, x: m.Normal(x, x.exp()),
    "Uniform": lambda m, x: m.Uniform(x, x + x.exp()),
    "Gumbel": lambda m, x: m.Gumbel(x, x.exp()),
    "Laplace": lambda m, x: m.Laplace(x, x.exp()),
    "Exponential": lambda m, x: m.Exponential(x.exp()),
    "LogNormal": lambda m, x: m.LogNormal(x, 0.5 * x.sigmoid()),
    "Beta": lambda m, x: m.Beta(1 + x.exp(), 2 + x.sigmoid()),
    "Gamma": lambda m, x: m.Gamma(1 + x.exp(), x.exp()),
    "Dirichlet": lambda m, x: m.Dirichlet(1.5 + x.exp()),
    "Poisson": lambda m, x: m.Poisson(x.exp()),
    "Geometric": lambda m, x: m.Geometric(logits=x),
    "Binomial": lambda m, x: m.Binomial(6, logits=x),
    "Bernoulli": lambda m, x: m.Bernoulli(logits=x),
    "Categorical": lambda m, x: (m.Categorical if m is runtime else m.OneHotCategorical)(logits=x),
}
REPARAMETERISED = tuple(n for n, b in BUILDERS.items() if b(distributions, torch.zeros(4, 3)).has_rsample)


def pair(name: str, seed: int, dtype: torch.dtype = torch.float64) -> tuple[Distribution, Distribution]:
    """Ours and torch's with the same parameters."""
    torch.manual_seed(seed)
    x = torch.randn(4, 3, dtype=dtype)
    return BUILDERS[name](runtime, x), BUILDERS[name](distributions, x)
