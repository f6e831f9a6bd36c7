"""Estimators over sets of joint values of the code, in plain PyTorch: surrogates `[]`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from handwritten.discrete_vae import DiscreteVae
from handwritten.relaxations import noise_like


def tables(vae: DiscreteVae, logits: Tensor) -> Tensor:
    """[B, n, k]: log-probabilities; a bit is two categories."""
    if vae.bits:
        flat = logits.flatten(1)
        return torch.stack([F.logsigmoid(-flat), F.logsigmoid(flat)], -1)
    return logits.log_softmax(-1)


def costs_at(vae: DiscreteVae, codes: Tensor, x: Tensor) -> Tensor:
    """[B, S] of codes [B, S, n]."""
    z = codes.float() if vae.bits else F.one_hot(codes, vae.shape[1]).float()
    return vae.cost(z.reshape(*codes.shape[:2], *vae.shape).transpose(0, 1), x).t()


def log_prob_at(table: Tensor, codes: Tensor) -> Tensor:
    """[B, S]"""
    rows = table.unsqueeze(1).expand(-1, codes.shape[1], -1, -1)
    return rows.gather(-1, codes.unsqueeze(-1)).squeeze(-1).sum(-1)


@torch.no_grad()
def beam_search(table: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Kool et al. 2019, Stochastic beams, algorithm 1: codes `[B, width, n]` and their perturbed
    log-probabilities, the largest first."""
    batch, n, k = table.shape
    log_p, codes = table.new_zeros(batch, 1), torch.zeros(batch, 1, 0, dtype=torch.int64)
    g = noise_like(log_p)
    for i in range(n):
        phi = log_p.unsqueeze(-1) + table[:, i].unsqueeze(1)
        noisy = phi + noise_like(phi)
        top = noisy.amax(-1, keepdim=True)
        v = g.unsqueeze(-1) - noisy + torch.log1p(-(noisy - top).exp())
        noisy = g.unsqueeze(-1) - v.clamp_min(0) - torch.log1p((-v.abs()).exp())
        g, chosen = noisy.flatten(1).topk(min(width, noisy[0].numel()))
        log_p = phi.flatten(1).gather(1, chosen)
        parents = (chosen // k).unsqueeze(-1).expand(-1, -1, i)
        codes = torch.cat([codes.gather(1, parents), (chosen % k).unsqueeze(-1)], -1)
    return codes, g


@torch.no_grad()
def log_ratios(log_p: Tensor, points: int = 1000, a: float = 5.0) -> tuple[Tensor, Tensor]:
    """Kool et al. 2020, appendix: log R(S, s), [B, k], and log R(S minus s, r), [B, k, k], by the trapezoid
    rule over `points` points, with the shift `a` that the authors recommend."""
    log_v = (torch.arange(1, points) / points).log()
    rest = (1 - log_p.exp().sum(-1)).clamp_min(1e-12).log() + a
    each = (-torch.expm1(log_v * (log_p + a).exp().unsqueeze(-1))).log()
    whole = (rest.exp().unsqueeze(-1) - 1) * log_v + each.sum(1)
    one_less = (whole.unsqueeze(1) - each).logsumexp(-1)
    two_less = (whole[:, None, None] - each.unsqueeze(1) - each.unsqueeze(2)).logsumexp(-1)
    second = two_less - one_less.unsqueeze(-1)
    own = torch.eye(log_p.shape[-1], dtype=torch.bool)
    return one_less - whole.logsumexp(-1, keepdim=True), second.masked_fill(own, 0)


def unordered(vae: DiscreteVae, logits: Tensor, x: Tensor, k: int = 4) -> Tensor:
    """The unordered set policy gradient with its built-in baseline (Kool et al. 2020, equation 14)."""
    table = tables(vae, logits)
    codes, _ = beam_search(table, k)
    log_p = log_prob_at(table, codes)
    costs = costs_at(vae, codes, x)
    with torch.no_grad():
        first, second = log_ratios(log_p)
        weight = (log_p + first).exp()
        baseline = ((log_p.unsqueeze(1) + second).exp() * costs.unsqueeze(1)).sum(-1)
        advantage = weight * (costs - baseline)
    return ((weight * costs).sum(-1) + (advantage * log_p).sum(-1)).mean()


def ordered(vae: DiscreteVae, logits: Tensor, x: Tensor, k: int = 4) -> Tensor:
    """REINFORCE without replacement with its baseline (Kool et al. 2019, Buy 4 REINFORCE samples)."""
    table = tables(vae, logits)
    codes, g = beam_search(table, k + 1)
    codes, threshold = codes[:, :k], g[:, k:]
    log_p = log_prob_at(table, codes)
    costs = costs_at(vae, codes, x)
    with torch.no_grad():
        q = -torch.expm1(-(log_p - threshold).exp())
        weight = (log_p - q.log()).exp()
        baseline = (weight * costs).sum(-1, keepdim=True)
        advantage = weight * (costs * (1 - log_p.exp() + weight) - baseline)
    return ((weight * costs).sum(-1) + (advantage * log_p).sum(-1)).mean()


@torch.no_grad()
def best(table: Tensor, width: int) -> Tensor:
    """[B, width, n]: the most probable codes; the variables are independent, so that a beam finds them."""
    batch, n, k = table.shape
    log_p, codes = table.new_zeros(batch, 1), torch.zeros(batch, 1, 0, dtype=torch.int64)
    for i in range(n):
        sums = (log_p.unsqueeze(-1) + table[:, i].unsqueeze(1)).flatten(1)
        log_p, chosen = sums.topk(min(width, sums.shape[1]))
        parents = (chosen // k).unsqueeze(-1).expand(-1, -1, i)
        codes = torch.cat([codes.gather(1, parents), (chosen % k).unsqueeze(-1)], -1)
    return codes


@torch.no_grad()
def others(table: Tensor, taken: Tensor) -> Tensor:
    """[B, 1, n]: a draw that is none of the codes `taken`, by rejection."""
    codes = torch.distributions.Categorical(logits=table).sample()  # type: ignore[no-untyped-call]
    while bool((again := (codes.unsqueeze(1) == taken).all(-1).any(-1)).any()):
        codes[again] = torch.distributions.Categorical(logits=table[again]).sample()  # type: ignore[no-untyped-call]
    drawn: Tensor = codes.unsqueeze(1)
    return drawn


def rao_blackwell(vae: DiscreteVae, logits: Tensor, x: Tensor, k: int = 4) -> Tensor:
    """Liu et al. 2019, section 3; the baseline is the mean cost of what is summed."""
    table = tables(vae, logits)
    summed = best(table, k)
    codes = torch.cat([summed, others(table, summed)], 1)
    log_p = log_prob_at(table, codes)
    costs = costs_at(vae, codes, x)
    with torch.no_grad():
        p = log_p[:, :k].exp()
        weight = torch.cat([p, 1 - p.sum(-1, keepdim=True)], -1)
        baseline = (log_p[:, :k].softmax(-1) * costs[:, :k]).sum(-1, keepdim=True)
        advantage = weight * (costs - baseline)
    return ((weight * costs).sum(-1) + (advantage * log_p).sum(-1)).mean()
