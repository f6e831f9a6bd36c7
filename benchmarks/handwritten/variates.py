"""REBAR and RELAX in plain PyTorch: surrogates `[]`, in which the control variate's own parameters follow the
variance of the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwritten.discrete_vae import DiscreteVae
from handwritten.relaxations import one_hot


def noisy(vae: DiscreteVae, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A hard draw, its relaxed noise, and that noise given the draw (Tucker et al. 2017, appendix)."""
    u, v = (torch.rand_like(logits).clamp(1e-7, 1 - 1e-7) for _ in range(2))
    if vae.bits:
        z = logits + u.log() - (-u).log1p()
        b = (z > 0).to(z.dtype).detach()
        p = logits.sigmoid()
        inside = (v * (1 - p)) * (1 - b) + (v * p + 1 - p) * b
        inside = inside.clamp(1e-7, 1 - 1e-7)
        return b, z, logits + inside.log() - (-inside).log1p()
    log_p = logits.log_softmax(-1)
    z = log_p - (-u.log()).log()
    b = one_hot(z).detach()
    top = -(-(v * b).sum(-1, keepdim=True).log()).log()
    given = -(-v.log() / log_p.exp() - (v * b).sum(-1, keepdim=True).log()).log()
    return b, z, torch.where(b > 0, top, given)


def assembled(cost: Tensor, logits: Tensor, gradient: Tensor, own: Sequence[Tensor]) -> Tensor:
    """The surrogate of a gradient of the logits, [B, n, k], whose square `own` make small."""
    slopes = torch.autograd.grad(gradient.square().sum() / len(logits), own, retain_graph=True)
    total = cost.mean() + (gradient.detach() * logits).sum() / len(logits)
    for parameter, slope in zip(own, slopes, strict=True):
        total = total + (parameter * slope).sum()
    return total


class Rebar(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.log_tau = nn.Parameter(torch.tensor(log(0.5)))
        self.eta = nn.Parameter(torch.tensor(1.0))

    def forward(self, vae: DiscreteVae, logits: Tensor, x: Tensor) -> Tensor:
        b, z, given = noisy(vae, logits)
        relax = torch.sigmoid if vae.bits else lambda y: F.softmax(y, -1)
        tau = self.log_tau.exp()
        hard, free, bound = vae.cost(torch.stack([b, relax(z / tau), relax(given / tau)]), x)
        (score,) = torch.autograd.grad(vae.log_prob(logits, b).sum(), logits, retain_graph=True)
        (path,) = torch.autograd.grad((free - bound).sum(), logits, create_graph=True)
        change = (hard.detach() - self.eta * bound)[:, None, None]
        return assembled(hard, logits, change * score + self.eta * path, (self.log_tau, self.eta))


class Relax(nn.Module):
    def __init__(self, size: int, hidden: int = 64) -> None:
        super().__init__()
        self.critic = nn.Sequential(
            nn.Linear(size, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, 1)
        )

    def forward(self, vae: DiscreteVae, logits: Tensor, x: Tensor) -> Tensor:
        b, z, given = noisy(vae, logits)
        relax = torch.sigmoid if vae.bits else lambda y: F.softmax(y, -1)
        hard = vae.cost(b, x)
        free, bound = self.critic(relax(torch.stack([z, given])).flatten(-2)).squeeze(-1)
        (score,) = torch.autograd.grad(vae.log_prob(logits, b).sum(), logits, retain_graph=True)
        (path,) = torch.autograd.grad((free - bound).sum(), logits, create_graph=True)
        change = (hard.detach() - bound)[:, None, None]
        return assembled(hard, logits, change * score + path, list(self.critic.parameters()))
