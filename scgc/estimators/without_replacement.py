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
        "ordered" divides by the probability of being drawn before the next one, which is not among them
        (REINFORCE without replacement, Kool et al. 2019).
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
        codes, times = beam_search(table, k if whole else k + 1)
        codes = codes[..., :k, :]
    log_probs = log_prob_at(table, codes)
    if whole:
        found = log_probs.exp()
    else:
        with torch.no_grad():
            here, both = _inclusion(log_probs, times[..., -1:].log() if weights == "ordered" else None)
            matrix = here.diag_embed() - (both if baseline == "built_in" else 0)
        # the matrix is symmetric: what each cost counts for in the derivatives of all probabilities
        found = here + (matrix @ slope(log_probs).expm1().unsqueeze(-1)).squeeze(-1)
    values = values_at(q, codes.movedim(-2, 0), plates, dims)
    return values, framed_weights(found.movedim(-1, 0), q, plates, dims)


def _inclusion(log_probs: Tensor, log_time: Tensor | None) -> tuple[Tensor, Tensor]:
    """p(s) R(S, s), [..., k], and for each pair p(s) p(r) R(S, s) R(S minus s, r), [..., k, k], with
    p(s)^2 R(S, s) on its diagonal (s stands for itself in the expectation of which it is part).

    A value is in the set if its clock of rate p(s) rings before that of any other value, at t: 1 / R is
    1 - exp(-p(s) t) if t is known (ordered: `log_time`, [..., 1]). Otherwise R is the mean over what the set
    tells of t, at which the first of the others rings with their rate P = 1 - sum p(s): the integral in the
    appendix of Kool et al. 2020 with u = exp(-P t), by the trapezoid rule over x = log(P t), whose error
    falls as exp(-pi^2 / step). All in the logarithm: with 20 elements of 10 categories p(s) is near exp(-40).
    """
    import torch

    if log_time is None:
        left = (1 - log_probs.exp().sum(-1, keepdim=True)).clamp_min(1e-30).log()
        x = _grid(log_probs.shape[-1], log_probs)
        rates = (log_probs - left).unsqueeze(-2) + x.unsqueeze(-1)
        reached = _log_ringing(rates)
        share = (x - x.exp() + reached.sum(-1)).softmax(-1).unsqueeze(-1)
    else:
        reached = _log_ringing(log_probs + log_time).unsqueeze(-2)
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
    """Joint values drawn without replacement, in the order in which exponential clocks with their
    probabilities as rates ring, and when they ring: [..., width, n] and [..., width], fewer if there are no
    more.

    Stochastic beam search (Kool et al. 2019, algorithm 1; the times are exp(-G) of its perturbed
    log-probabilities G) over the elements, one after the other. A prefix rings when the first value that
    begins with it does. Of its continuations one rings with it; how much later the others do is exponential
    again, for such clocks have no memory.
    """
    import torch

    from scgc.runtime.noise import uniform_like

    lead, (n, k) = table.shape[:-2], table.shape[-2:]
    rows = table.unsqueeze(-2).expand(*lead, n, width, k)
    waits = -uniform_like(rows).log() * (-rows).exp()
    waits = waits - waits.amin(-1, keepdim=True)
    log_probs = table.new_zeros(*lead, 1)
    times = -uniform_like(log_probs).log()
    codes = torch.zeros(*lead, 1, 0, dtype=torch.int64, device=table.device)
    for i in range(n):
        # what begins with an improbable prefix is as good as never next: no infinity times zero
        slower = (-log_probs).clamp_max(80).exp().unsqueeze(-1)
        after = times.unsqueeze(-1) + slower * waits[..., i, : times.shape[-1], :]
        times, chosen = after.flatten(-2).topk(min(width, times.shape[-1] * k), largest=False)
        parents, added = chosen // k, chosen % k
        log_probs = log_probs.gather(-1, parents) + table[..., i, :].gather(-1, added)
        codes = codes.gather(-2, parents.unsqueeze(-1).expand(*parents.shape, i))
        codes = torch.cat([codes, added.unsqueeze(-1)], -1)
    return codes, times
