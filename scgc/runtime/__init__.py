"""What generated code imports: modules, distributions, draws and the parts of a loss. Knows torch, not the
compiler.

The estimators' functions (`gumbel_softmax`, `score`, ...) live with their declarations in `scgc.estimators`,
one file each, and are found through its registry, so that a new one is at hand here by itself.
"""

from __future__ import annotations

from typing import Any

from scgc.estimators import draws
from scgc.runtime.baseline import MovingAverage
from scgc.runtime.bernoulli import Bernoulli
from scgc.runtime.binomial import Binomial
from scgc.runtime.categorical import Categorical
from scgc.runtime.densities import entropy, kl, log_prob
from scgc.runtime.families import (
    Beta,
    Dirichlet,
    Exponential,
    Gamma,
    Geometric,
    Gumbel,
    Laplace,
    LogNormal,
    Poisson,
    Uniform,
)
from scgc.runtime.functions import (
    concat,
    cross_entropy,
    expand,
    nll_loss,
    over_leading,
    permute_batch,
    recurrent,
    spread,
    stack,
    take,
)
from scgc.runtime.net import Mode, Model, Net, Sampling
from scgc.runtime.normal import Normal
from scgc.runtime.ranking import filtered_rank, rank_quantile
from scgc.runtime.shortcut import dropres
from scgc.runtime.surrogate import marginal, score_term, support_weight


def __getattr__(name: str) -> Any:
    """The function by which an estimator draws."""
    if name in draws():
        return draws()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Dirichlet",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "Laplace",
    "LogNormal",
    "Mode",
    "Model",
    "MovingAverage",
    "Net",
    "Normal",
    "Poisson",
    "Sampling",
    "Uniform",
    "concat",
    "cross_entropy",
    "dropres",
    "entropy",
    "expand",
    "filtered_rank",
    "kl",
    "log_prob",
    "marginal",
    "nll_loss",
    "over_leading",
    "permute_batch",
    "rank_quantile",
    "recurrent",
    "score_term",
    "spread",
    "stack",
    "support_weight",
    "take",
]
