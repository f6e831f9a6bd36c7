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
        # 1 - P loses its digits where the k values have nearly all the probability
        exact = table.double().log_softmax(-1)
        left = (1 - log_prob_at(exact, codes).exp().sum(-1, keepdim=True)).clamp_min(0).to(table.dtype)
        if not whole:
            codes = torch.cat([codes, _draw_outside(exact, codes, samples)], -2)
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


def _draw_outside(table: Tensor, taken: Tensor, samples: int) -> Tensor:
    """Independent draws of joint values that are not among the `taken`, [..., k, n]: [..., samples, n].

    One element after the other: a category has its probability, less that of the taken values that begin
    with what is drawn so far and it.
    """
    import torch

    from scgc.runtime.noise import exponential_like

    lead, (n, categories) = table.shape[:-2], table.shape[-2:]
    own = table.unsqueeze(-3).expand(*taken.shape, categories).gather(-1, taken.unsqueeze(-1)).squeeze(-1)
    # the probability of the elements behind each one
    behind = (own.flip(-1).cumsum(-1).flip(-1) - own).exp()
    alike = torch.ones(*lead, samples, taken.shape[-2], dtype=table.dtype, device=table.device)
    codes = []
    for i in range(n):
        at = taken[..., i].unsqueeze(-2).expand(alike.shape)
        gone = table.new_zeros(*lead, samples, categories)
        gone = gone.scatter_add(-1, at, alike * behind[..., i].unsqueeze(-2))
        free = table[..., i, :].exp().unsqueeze(-2) * (1 - gone).clamp_min(0)
        codes.append((free / exponential_like(free)).argmax(-1))
        alike = alike * (at == codes[-1].unsqueeze(-1))
    return torch.stack(codes, -1)
