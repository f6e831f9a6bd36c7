"""Draws that pass a gradient on, as one writes them in plain PyTorch: the value for the code, `[B, n, k]`."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function

from handwritten.discrete_vae import DiscreteVae


def noise_like(logits: Tensor) -> Tensor:
    """Gumbel noise, as `F.gumbel_softmax` draws it."""
    return -torch.empty_like(logits).exponential_().log()


def logistic_like(logits: Tensor) -> Tensor:
    u = torch.rand_like(logits).clamp(1e-7, 1 - 1e-7)
    return u.log() - (-u).log1p()


def one_hot(x: Tensor) -> Tensor:
    """The corner of the largest."""
    return F.one_hot(x.argmax(-1), x.shape[-1]).to(x.dtype)


def gumbel_softmax(vae: DiscreteVae, logits: Tensor, hard: bool = False, tau: float = 0.5) -> Tensor:
    """Jang et al. 2017; Maddison et al. 2017."""
    if not vae.bits:
        return F.gumbel_softmax(logits, tau, hard=hard)
    soft = ((logits + logistic_like(logits)) / tau).sigmoid()
    return (soft > 0.5).float() + soft - soft.detach() if hard else soft


def straight_through(vae: DiscreteVae, logits: Tensor) -> Tensor:
    """Bengio et al. 2013."""
    p = logits.sigmoid() if vae.bits else logits.softmax(-1)
    return vae.draw(logits, 1)[0] + p - p.detach()


def reinmax(vae: DiscreteVae, logits: Tensor) -> Tensor:
    """Liu et al. 2023, algorithm 2, in the form of its authors' code."""
    z = vae.draw(logits, 1)[0]
    if vae.bits:
        p = logits.sigmoid()
        half = ((z + p) / 2).detach()
        middle = (half.log() - (-half).log1p() - logits.detach() + logits).sigmoid()
    else:
        p = logits.softmax(-1)
        half = ((z + p) / 2).detach()
        middle = (half.log() - logits.detach() + logits).softmax(-1)
    step = 2 * middle - p / 2
    return z + step - step.detach()


def gumbel_rao(vae: DiscreteVae, logits: Tensor, k: int = 10, tau: float = 1.0) -> Tensor:
    """Paulus et al. 2021: Gumbel-softmax averaged over the noise that gives the same category."""
    z = vae.draw(logits, 1)[0]
    with torch.no_grad():
        e = torch.empty(k, *logits.shape).exponential_()
        first = (e * z).sum(-1, keepdim=True)
        p = logits.exp()
        total = p.sum(-1, keepdim=True)
        shift = torch.where(z > 0, -first.log() + total.log(), -(e / p + first / total).log()) - logits
    soft = ((logits + shift) / tau).softmax(-1).mean(0)
    return z + soft - soft.detach()


class Entmax15(Function):
    """Peters et al. 2019, algorithm 2."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x = (x - x.amax(-1, keepdim=True)) / 2
        ordered = x.sort(-1, descending=True).values
        rho = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype)
        mean = ordered.cumsum(-1) / rho
        spread = rho * (ordered.square().cumsum(-1) / rho - mean.square())
        tau = mean - ((1 - spread) / rho).clamp_min(0).sqrt()
        size = (tau <= ordered).sum(-1, keepdim=True)
        p: Tensor = (x - tau.gather(-1, size - 1)).clamp_min(0).square()
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (p,) = ctx.saved_tensors
        root = p.sqrt()
        g = gradients[0] * root
        slope: Tensor = g - g.sum(-1, keepdim=True) / root.sum(-1, keepdim=True) * root
        return slope


class Sparsemax(Function):
    """Martins and Astudillo 2016, algorithm 1."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x = x - x.amax(-1, keepdim=True)
        ordered = x.sort(-1, descending=True).values
        sums = ordered.cumsum(-1) - 1
        rho = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype)
        size = (rho * ordered > sums).sum(-1, keepdim=True)
        p: Tensor = (x - sums.gather(-1, size - 1) / size).clamp_min(0)
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (p,) = ctx.saved_tensors
        held = p > 0
        g = gradients[0] * held
        slope: Tensor = g - g.sum(-1, keepdim=True) / held.sum(-1, keepdim=True) * held
        return slope


def entmax(vae: DiscreteVae, logits: Tensor) -> Tensor:
    value: Tensor = Entmax15.apply(logits + noise_like(logits))  # type: ignore[no-untyped-call]
    return value


def sparsemax(vae: DiscreteVae, logits: Tensor) -> Tensor:
    value: Tensor = Sparsemax.apply(logits + noise_like(logits))  # type: ignore[no-untyped-call]
    return value


class Imle(Function):
    """Niepert et al. 2021, algorithm 1, divided by the step."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, step: float) -> Tensor:
        perturbed = logits + noise_like(logits)
        z = one_hot(perturbed)
        ctx.save_for_backward(perturbed, z)
        ctx.step = step
        return z

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        perturbed, z = ctx.saved_tensors
        return (z - one_hot(perturbed - ctx.step * gradients[0])) / ctx.step, None


def imle(vae: DiscreteVae, logits: Tensor, step: float = 100.0) -> Tensor:
    value: Tensor = Imle.apply(logits, step)  # type: ignore[no-untyped-call]
    return value
