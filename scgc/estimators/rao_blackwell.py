"""The estimator `rao_blackwell`: the most probable values are summed over, the others drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from scgc.declared import SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="rao_blackwell(k : dim = 4, samples : dim = 1, baseline : word = built_in)",
    draw="rao_blackwell",
    families=("Categorical", "Bernoulli"),
    carries="weights",
    relaxed=False,
    biased=False,
    doc="Sums over the k most probable values (of a plate's joint support) and draws from the rest.",
    cost="k + `samples` draws and everything after them; one step for each element of a plate",
    source="Liu et al. 2019, section 3; Liang et al. 2018 (what is summed and what is drawn)",
    words={"baseline": ("none", "built_in")},
    limits={"k": SIZE, "samples": SIZE},
)


def rao_blackwell(
    q: Categorical | Bernoulli,
    *,
    k: int = 4,
    samples: int = 1,
    baseline: Literal["none", "built_in"] = "built_in",
    plates: int = 0,
    dims: int | None = None,
    mode: Mode,
) -> tuple[Tensor, Tensor | None]:
    """In training the k most probable values of the joint support of q's plate and `samples` draws from all
    others, [k + samples, ...], and their weights: the probabilities, and of the draws their equal shares of
    what is left.

    baseline: "built_in" subtracts from every cost the expected cost as the k values and the draws have it, a
        draw's own left out; with a single draw the mean cost of the k values, which no draw changes.

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
        codes = most_probable(table, k)
        if not whole:
            drawn, left = _outside(table, codes, samples)
            codes = torch.cat([codes, drawn], -2)
    log_probs = log_prob_at(table, codes)
    weights = log_probs[..., :k].exp()
    if not whole:
        weights = torch.cat([weights, left / samples * slope(log_probs[..., k:]).exp()], -1)
        if baseline == "built_in":
            weights = _compared(weights, log_probs[..., :k].detach().softmax(-1))
    values = values_at(q, codes.movedim(-2, 0), plates, dims)
    return values, framed_weights(weights.movedim(-1, 0), q, plates, dims)


def _compared(weights: Tensor, mass: Tensor) -> Tensor:
    """The weights, [..., k + samples], with every cost's part in the baselines of the others taken off.

    mass: how the probability of the k values is shared among them, [..., k].

    With g the derivatives of the weights, which stand for the gradient so far, cost r loses its share in
    the baseline b_s of each g_s; the expectation of b_s g_s over all s is 0, for b_s does not depend on s if
    that is a draw, and its expectation is the same for every s.
    """
    import torch
    from torch.nn.functional import pad

    from scgc.runtime.joint import slope

    k = mass.shape[-1]
    g, share, samples = slope(weights), weights.detach(), weights.shape[-1] - k
    total = g.sum(-1, keepdim=True)
    if samples == 1:
        return weights - pad(mass, (0, 1)) * total
    others = g[..., :k].sum(-1, keepdim=True)
    others = others + (total - others - g[..., k:]) * (samples / (samples - 1))
    return weights - share * torch.cat([total.expand_as(g[..., :k]), others], -1)


def most_probable(table: Tensor, k: int) -> Tensor:
    """The k joint values of the highest probability, [..., k, n] (all, if there are no more), the highest
    first.

    The best of two groups of elements together are made of the best of each: groups are merged in pairs.
    """
    import torch
    from torch.nn.functional import pad

    n, categories = table.shape[-2:]
    k = min(k, int(categories**n))
    scores, codes = table.sort(-1, descending=True)
    scores, codes = scores[..., :k], codes[..., :k].unsqueeze(-1)
    while scores.shape[-2] > 1:
        if scores.shape[-2] % 2:  # a group without elements, of which there is one value
            nothing = torch.full_like(scores[..., :1, :], -torch.inf)
            nothing[..., 0] = 0
            scores, codes = torch.cat([scores, nothing], -2), pad(codes, (0, 0, 0, 0, 0, 1))
        w, length = codes.shape[-2:]
        first, second = codes[..., 0::2, :, :], codes[..., 1::2, :, :]
        sums = scores[..., 0::2, :].unsqueeze(-1) + scores[..., 1::2, :].unsqueeze(-2)
        scores, chosen = sums.flatten(-2).topk(min(k, w * w))
        chosen = chosen.unsqueeze(-1).expand(*chosen.shape, length)
        codes = torch.cat([first.gather(-2, chosen // w), second.gather(-2, chosen % w)], -1)
    return codes[..., 0, :, :n]


def _outside(table: Tensor, taken: Tensor, samples: int) -> tuple[Tensor, Tensor]:
    """Independent draws of joint values that are not among the `taken`, [..., k, n]: [..., samples, n]; and
    the probability of all those values, [..., 1].

    Such a value begins as one of the taken, up to the element at which it leaves them all: one of k n ways.
    There it has a category that none of them has, and the elements behind are as free as ever. Probabilities
    are products and sums: 1 - P would lose its digits where the k values have nearly all of it.
    """
    import torch

    from scgc.runtime.noise import exponential_like, uniform_like

    k, (n, categories) = taken.shape[-2], table.shape[-2:]
    ways, free = _leaving(table, taken)
    top = ways.amax((-2, -1)).unsqueeze(-1)
    reached = (ways.flatten(-2) - top).exp().cumsum(-1)
    left, total = top.exp() * reached[..., -1:], reached[..., -1:].expand(*top.shape[:-1], samples)
    way = torch.searchsorted(reached, uniform_like(total) * total).clamp_max(k * n - 1).unsqueeze(-1)
    begun = taken.gather(-2, (way // n).expand(*way.shape[:-1], n))
    at = (way % n).unsqueeze(-1).expand(*way.shape, categories)
    there = free.flatten(-3, -2).gather(-2, way.expand(*way.shape[:-1], categories)).unsqueeze(-2)
    rows = table.exp().unsqueeze(-3).expand(*way.shape[:-1], n, categories).scatter(-2, at, there)
    drawn = (rows / exponential_like(rows)).argmax(-1)
    return torch.where(torch.arange(n, device=table.device) < way % n, begun, drawn), left


def _leaving(table: Tensor, taken: Tensor) -> tuple[Tensor, Tensor]:
    """[..., k, n]: the log-probability of what begins as a taken value does in front of an element, and has a
    category there that no taken value has which begins alike; each beginning counts once. And
    [..., k, n, categories]: the probabilities of these categories, 0 of the others."""
    import torch
    from torch.nn.functional import pad

    k = taken.shape[-2]
    own = table.gather(-1, taken.transpose(-1, -2)).transpose(-1, -2)
    same = (taken.unsqueeze(-2) == taken.unsqueeze(-3)).to(table.dtype)
    alike = pad(same[..., :-1], (1, 0), value=1.0).cumprod(-1)  # [..., k, k, n]
    again = (alike * table.new_ones(k, k).tril(-1).unsqueeze(-1)).amax(-2)
    by_element = alike.transpose(-1, -2)
    others = taken.transpose(-1, -2).unsqueeze(-3).expand(by_element.shape)
    gone = table.new_zeros(*own.shape, table.shape[-1]).scatter_add(-1, others, by_element)
    free = table.exp().unsqueeze(-3) * (gone == 0)
    here = free.sum(-1).clamp_min(torch.finfo(table.dtype).tiny).log()
    return (own.cumsum(-1) - own + here).masked_fill(again > 0, -torch.inf), free
