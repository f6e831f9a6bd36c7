"""What generated code imports: modules, distributions, draws and the parts of a loss. Knows torch, not the
compiler.

The estimators' functions (`gumbel_softmax`, `score`, ...) live with their declarations in `scgc.estimators`,
one file each, and are found through its registry, so that a new one is at hand here by itself.
"""

from __future__ import annotations

from typing import Any

from scgc.estimators import draws
from scgc.runtime.arborescence import Arborescence
from scgc.runtime.baseline import MovingAverage
from scgc.runtime.batchwise import batch_cov, batch_mean, permute_batch, total_correlation
from scgc.runtime.bernoulli import Bernoulli
from scgc.runtime.beside import beside, compared, subtracted
from scgc.runtime.binomial import Binomial
from scgc.runtime.categorical import Categorical
from scgc.runtime.convolutions import ConvTranspose2d
from scgc.runtime.densities import Rounds, entropy, kl, log_prob
from scgc.runtime.dropout import dropout
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
    active,
    concat,
    cross_entropy,
    expand,
    linear_of,
    max_pool2d,
    nll_loss,
    over_leading,
    put,
    recurrent,
    spread,
    stack,
    stack_rounds,
    take,
)
from scgc.runtime.graphs import propagate
from scgc.runtime.masked import (
    length_mask,
    log_mean_exp,
    masked,
    masked_mean,
    masked_var,
    pick,
    repeat_first,
    widen,
)
from scgc.runtime.net import Mode, Model, Net, Sampling
from scgc.runtime.normal import Normal
from scgc.runtime.observing import Seen, observed, observing
from scgc.runtime.products import GRUCell, Linear, linear
from scgc.runtime.ranking import filtered_rank, rank_quantile
from scgc.runtime.shortcut import dropres
from scgc.runtime.spanningtree import SpanningTree
from scgc.runtime.surrogate import marginal, scored, scored_jointly, without_each
from scgc.runtime.topk import TopK
from scgc.runtime.wide import row_cross_entropy, row_logits, select_row


def __getattr__(name: str) -> Any:
    """The function by which an estimator draws."""
    if name in draws():
        return draws()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Arborescence",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "ConvTranspose2d",
    "Dirichlet",
    "Exponential",
    "GRUCell",
    "Gamma",
    "Geometric",
    "Gumbel",
    "Laplace",
    "Linear",
    "LogNormal",
    "Mode",
    "Model",
    "MovingAverage",
    "Net",
    "Normal",
    "Poisson",
    "Rounds",
    "Sampling",
    "Seen",
    "SpanningTree",
    "TopK",
    "Uniform",
    "active",
    "batch_cov",
    "batch_mean",
    "beside",
    "compared",
    "concat",
    "cross_entropy",
    "dropout",
    "dropres",
    "entropy",
    "expand",
    "filtered_rank",
    "kl",
    "length_mask",
    "linear",
    "linear_of",
    "log_mean_exp",
    "log_prob",
    "marginal",
    "masked",
    "masked_mean",
    "masked_var",
    "max_pool2d",
    "nll_loss",
    "observed",
    "observing",
    "over_leading",
    "permute_batch",
    "pick",
    "propagate",
    "put",
    "rank_quantile",
    "recurrent",
    "repeat_first",
    "row_cross_entropy",
    "row_logits",
    "scored",
    "scored_jointly",
    "select_row",
    "spread",
    "stack",
    "stack_rounds",
    "subtracted",
    "take",
    "total_correlation",
    "widen",
    "without_each",
]
