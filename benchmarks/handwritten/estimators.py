"""All estimators of the discrete VAE by hand, under the names that they have in programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from handwritten import relaxations, scores, sets, variates
from handwritten.discrete_vae import DiscreteVae, leave_one_out

Surrogate = Callable[[DiscreteVae, Tensor, Tensor], Tensor]
"""Of the model, the logits `[B, n, k]` and the images `[B, pixels]`: `[]`, whose gradient is the estimate."""


def through(value: Callable[[DiscreteVae, Tensor], Tensor]) -> Callable[[DiscreteVae], Surrogate]:
    """The estimator of a draw that passes the gradient on."""
    return lambda _: lambda vae, logits, x: vae.cost(value(vae, logits), x).mean()


def always(surrogate: Surrogate) -> Callable[[DiscreteVae], Surrogate]:
    return lambda _: surrogate


def against_others(samples: int) -> Callable[[DiscreteVae], Surrogate]:
    return always(lambda vae, logits, x: leave_one_out(vae, logits, x, samples)[1])


def size(vae: DiscreteVae) -> int:
    return vae.shape[0] * vae.shape[1]


CATEGORIES: dict[str, Callable[[DiscreteVae], Surrogate]] = {
    "score": always(scores.score),
    "score(baseline = moving_average)": lambda _: scores.MovingAverage(),
    "score(samples = 2, baseline = leave_one_out)": against_others(2),
    "score(samples = 4, baseline = leave_one_out)": against_others(4),
    "arm": always(scores.arsm),
    "measure_valued": always(scores.measure_valued),
    "without_replacement": always(sets.unordered),
    "without_replacement(weights = ordered)": always(sets.ordered),
    "rao_blackwell": always(sets.rao_blackwell),
    "rebar": lambda _: variates.Rebar(),
    "relax": lambda vae: variates.Relax(size(vae)),
    "gumbel_softmax(tau = 0.5)": through(relaxations.gumbel_softmax),
    "gumbel_softmax(tau = 0.5, hard = true)": through(partial(relaxations.gumbel_softmax, hard=True)),
    "straight_through": through(relaxations.straight_through),
    "reinmax": through(relaxations.reinmax),
    "gumbel_rao": through(relaxations.gumbel_rao),
    "entmax": through(relaxations.entmax),
    "sparsemax": through(relaxations.sparsemax),
    "imle(step = 100)": through(relaxations.imle),
}
"""For categories: what makes the estimator of a model; learned ones are modules."""

BITS = {
    name: CATEGORIES[name]
    for name in (
        "score",
        "score(samples = 2, baseline = leave_one_out)",
        "measure_valued",
        "rebar",
        "relax",
        "gumbel_softmax(tau = 0.5)",
        "straight_through",
        "reinmax",
    )
} | {"disarm": always(scores.disarm), "arm": always(scores.arm)}
"""For bits."""


def parameters(vae: DiscreteVae, surrogate: Surrogate) -> list[nn.Parameter]:
    """Of the model, and of an estimator that learns."""
    own = list(surrogate.parameters()) if isinstance(surrogate, nn.Module) else []
    return [*vae.parameters(), *own]
