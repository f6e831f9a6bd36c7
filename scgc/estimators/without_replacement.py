"""The estimator `without_replacement`: different joint values, weighted by how likely they were drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from scgc.declared import Range
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="without_replacement(k : dim = 4, weights : word = unordered, baseline : word = built_in)",
    draw="without_replacement",
    families=("Categorical", "Bernoulli"),
    carries="weights",
    relaxed=False,
    biased=False,
    doc="Draws k different values (of a plate's joint support) and weights them as a set, or by their order.",
    cost="k draws and everything after them; one step of beam search for each element of a plate",
    source="Kool et al. 2020 (unordered set policy gradient, with its built-in baseline); Kool et al. 2019, "
    "Buy 4 REINFORCE samples (ordered); Kool et al. 2019, Stochastic beams, algorithm 1 (the draws)",
    words={"weights": ("unordered", "ordered"), "baseline": ("none", "built_in")},
    limits={"k": Range(2)},
)


def without_replacement(
    q: Categorical | Bernoulli,
    *,
    k: int = 4,
    weights: Literal["unordered", "ordered"] = "unordered",
    baseline: Literal["none", "built_in"] = "built_in",
    plates: int = 0,
    dims: int | None = None,
    mode: Mode,
) -> tuple[Tensor, Tensor | None]:
    """In training k draws without replacement from the joint support of q's plate, [k, ...], and weights.

    weights: "unordered" averages over the orders in which the set can have been drawn (Kool et al. 2020);
        "ordered" divides by the probability of exceeding the largest perturbed log-probability that is not
        among them (REINFORCE without replacement, Kool et al. 2019).
    baseline: "built_in" compares each value with what the others say of the expectation.

    If the joint support has no more than k values, all of them with their probabilities: exact.
    plates, dims: as for `enumerate_support`. Otherwise a draw (in mode "mode" the mode) and None.
    """
    if mode != "train":
        return (q.mode if mode == "mode" else q.sample()), None
    import torch

    from scgc.runtime.joint import framed_weights, log_prob_at, log_table, slope, support_size, values_at

    table = log_table(q, plates)
    whole = support_size(table) <= k
    with torch.no_grad():
        codes, heights = beam_search(table, k if whole else k + 1)
        threshold = heights[..., -1]
        codes = codes if whole else codes[..., :k, :]
    log_probs = log_prob_at(table, codes)
    if whole:
        found = log_probs.exp()
    else:
        with torch.no_grad():
            times = threshold.neg().unsqueeze(-1) if weights == "ordered" else None
            here, both = _inclusion(log_probs, times)
            matrix = here.diag_embed() - (both if baseline == "built_in" else 0)
        # the matrix is symmetric: what each cost counts for in the derivatives of all log-probabilities
        found = here + (matrix @ slope(log_probs).unsqueeze(-1)).squeeze(-1)
    values = values_at(q, codes.movedim(-2, 0), plates, dims)
    return values, framed_weights(found.movedim(-1, 0), q, plates, dims)


def _inclusion(log_probs: Tensor, times: Tensor | None) -> tuple[Tensor, Tensor]:
    """p(s) R(S, s), [..., k], and for each pair p(s) p(r) R(S, s) R(S minus s, r), [..., k, k], with
    p(s)^2 R(S, s) on its diagonal (s stands for itself in the expectation of which it is part).

    A value is in the set if its exponential clock of rate p(s) rang before the threshold t, so that 1 / R is
    1 - exp(-p(s) t) if t is known: with the `times`, [..., 1], log t, it is (ordered). Otherwise the
    rest of the values, of rate P = 1 - sum p(s), rings first at t, and the expectation is over what the set
    says of t (the integral in the appendix of Kool et al. 2020, with u = exp(-P t)): the trapezoid rule over
    x = log(P t), whose error falls as exp(-pi^2 / step). All in the logarithm: p(s) is about exp(-40) for 20
    elements with 10 categories.
    """
    import torch

    if times is None:
        left = (1 - log_probs.exp().sum(-1, keepdim=True)).clamp_min(1e-30).log()
        x = _grid(log_probs.shape[-1], log_probs)
        rates = (log_probs - left).unsqueeze(-2) + x.unsqueeze(-1)
        reached = _log_ringing(rates)
        share = (x - x.exp() + reached.sum(-1)).softmax(-1).unsqueeze(-1)
    else:
        reached = _log_ringing(log_probs + times).unsqueeze(-2)
        share = torch.ones_like(reached[..., :1])
    found = (log_probs.unsqueeze(-2) - reached).exp()
    here = (share * found).sum(-2)
    both = (share * found).transpose(-1, -2) @ found
    own = torch.eye(here.shape[-1], dtype=torch.bool, device=here.device)
    return here, torch.where(own, (log_probs.exp() * here).unsqueeze(-1), both)


def _grid(k: int, like: Tensor) -> Tensor:
    """log t where t^k exp(-t) and everything flatter has its mass, [Q]."""
    import torch

    step = min(0.25, 0.8 / math.sqrt(k + 1))
    low, high = math.log(torch.finfo(like.dtype).eps), math.log(k + 10 * math.sqrt(k) + 40)
    return torch.arange(low, high, step, dtype=like.dtype, device=like.device)


def _log_ringing(log_rates: Tensor) -> Tensor:
    """log(1 - exp(-exp(x))), also where exp(x) underflows."""
    import torch

    exact = (-torch.expm1(-log_rates.clamp_min(-15).exp())).log()
    return torch.where(log_rates < -15, log_rates - 0.5 * log_rates.exp(), exact)


def beam_search(table: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Joint values drawn without replacement in the order of their perturbed log-probabilities, the highest
    first: [..., width, n] and [..., width], fewer if there are no more.

    Stochastic beam search (Kool et al. 2019, algorithm 1) over the elements, one after the other: a prefix
    carries the highest perturbed log-probability of what begins with it.
    """
    import torch

    from scgc.runtime.noise import gumbel_like

    lead, (n, k) = table.shape[:-2], table.shape[-2:]
    log_probs = table.new_zeros(*lead, 1)
    heights = gumbel_like(log_probs)
    codes = torch.zeros(*lead, 1, 0, dtype=torch.int64, device=table.device)
    for i in range(n):
        ahead = log_probs.unsqueeze(-1) + table[..., i, :].unsqueeze(-2)
        below = _under(heights.unsqueeze(-1), ahead + gumbel_like(ahead))
        heights, chosen = below.flatten(-2).topk(min(width, below.shape[-2] * k))
        log_probs = ahead.flatten(-2).gather(-1, chosen)
        parents = (chosen // k).unsqueeze(-1)
        codes = codes.gather(-2, parents.expand(*parents.shape[:-1], i))
        codes = torch.cat([codes, (chosen % k).unsqueeze(-1)], -1)
    return codes, heights


def _under(height: Tensor, perturbed: Tensor) -> Tensor:
    """Perturbed log-probabilities given that the largest along the last axis is `height` (Kool et al. 2019,
    appendix B.3)."""
    import torch

    behind = perturbed - perturbed.amax(-1, keepdim=True)
    v = height - perturbed + _log1mexp(behind)
    return height - v.relu() - torch.log1p((-v.abs()).exp())


def _log1mexp(x: Tensor) -> Tensor:
    """log(1 - exp(x)) for x at most 0; minus infinity at 0."""
    import torch

    return torch.where(x > -0.693, (-torch.expm1(x)).log(), torch.log1p(-x.exp()))
