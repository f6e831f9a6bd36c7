"""Unbiased estimators in plain PyTorch: surrogates `[]`, whose gradient is an estimate of the cost's."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from handwritten.discrete_vae import DiscreteVae
from handwritten.relaxations import logistic_like


def score(vae: DiscreteVae, logits: Tensor, x: Tensor) -> Tensor:
    """Williams 1992."""
    z = vae.draw(logits, 1)[0]
    cost = vae.cost(z, x)
    return (cost + cost.detach() * vae.log_prob(logits, z)).mean()


class MovingAverage:
    """Score, minus the mean cost of earlier batches."""

    def __init__(self) -> None:
        self.mean: Tensor | None = None

    def __call__(self, vae: DiscreteVae, logits: Tensor, x: Tensor) -> Tensor:
        z = vae.draw(logits, 1)[0]
        cost = vae.cost(z, x)
        known = cost.detach()
        baseline = known.mean() if self.mean is None else self.mean
        self.mean = 0.9 * baseline + 0.1 * known.mean()
        return (cost + (known - baseline) * vae.log_prob(logits, z)).mean()


def disarm(vae: DiscreteVae, logits: Tensor, x: Tensor) -> Tensor:
    """Dong, Mnih and Tucker 2020, equation 10, for bits."""
    noise = logistic_like(logits)
    with torch.no_grad():
        one, other = (logits + noise > 0).float(), (logits - noise > 0).float()
    costs = vae.cost(torch.stack([one, other]), x)
    with torch.no_grad():
        change = (costs[0] - costs[1])[:, None, None]
        gradient = 0.5 * change * (one - other) * logits.abs().sigmoid()
    return costs.mean() + (gradient * logits).sum() / len(x)


def arm(vae: DiscreteVae, logits: Tensor, x: Tensor) -> Tensor:
    """Yin and Zhou 2019, theorem 1, for bits."""
    u = torch.rand_like(logits)
    with torch.no_grad():
        one, other = (u > (-logits).sigmoid()).float(), (u < logits.sigmoid()).float()
    costs = vae.cost(torch.stack([one, other]), x)
    gradient = (costs[0] - costs[1]).detach()[:, None, None] * (u - 0.5)
    return costs.mean() + (gradient * logits).sum() / len(x)


def arsm(vae: DiscreteVae, logits: Tensor, x: Tensor) -> Tensor:
    """Yin, Yue and Zhou 2019: all pairs of categories swapped, in all variables at once."""
    k = logits.shape[-1]
    first, second = torch.triu_indices(k, k, 1)
    with torch.no_grad():
        pi = torch.empty_like(logits).exponential_()
        pi = pi / pi.sum(-1, keepdim=True)
        order = torch.arange(k).repeat(1 + len(first), 1)
        pairs = torch.arange(1, 1 + len(first))
        order[pairs, first], order[pairs, second] = second, first
        z = F.one_hot((logits.unsqueeze(-2) - pi.log()[..., order]).argmax(-1), k).float()
        z = z.movedim(-2, 0)
        swapped = vae.cost(z[1:], x)
    cost = vae.cost(z[0], x)
    with torch.no_grad():
        table = cost.expand(k, k, -1).clone()
        table[first, second] = table[second, first] = swapped
        compared = table - table.mean(0)
        gradient = torch.einsum("cjb,bnj->bnc", compared, 1 - k * pi) / k
    return cost.mean() + (gradient * logits).sum() / len(x)


def measure_valued(vae: DiscreteVae, logits: Tensor, x: Tensor) -> Tensor:
    """Mohamed et al. 2020, section 6: each variable at every value, the others as drawn."""
    z = vae.draw(logits, 1)[0]
    cost = vae.cost(z, x)
    with torch.no_grad():
        if vae.bits:
            flips = torch.eye(z[0].numel()).reshape(-1, 1, *z.shape[1:])
            flipped = vae.cost((z - flips).abs(), x)
            change = (1 - 2 * z) * (flipped - cost).t().reshape(z.shape)
        else:
            change = _moved(vae, z.argmax(-1), x, cost)
    p = logits.sigmoid() if vae.bits else logits.softmax(-1)
    return cost.mean() + (change * p).sum() / len(x)


def _moved(vae: DiscreteVae, codes: Tensor, x: Tensor, cost: Tensor) -> Tensor:
    """[B, n, k]: how much the cost of the codes [B, n] rises where one variable has another category."""
    n, k = vae.shape
    steps = torch.eye(n, dtype=torch.int64)[:, None] * torch.arange(1, k)[:, None]
    moved = (codes + steps.flatten(0, 1).unsqueeze(1)) % k
    rises = vae.cost(F.one_hot(moved, k).float(), x) - cost
    places = (codes.unsqueeze(-1) + torch.arange(1, k)) % k
    return torch.zeros(len(x), n, k).scatter(-1, places, rises.t().reshape(len(x), n, k - 1))
