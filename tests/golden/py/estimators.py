"""Estimators with baselines, with several values and with parameters of their own, beside each
other.

Written by scgc from estimators.scg.
"""

import math
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from scgc.runtime import (
    Bernoulli,
    Categorical,
    Lax,
    Linear,
    Model,
    Normal,
    Rebar,
    Relax,
    expand,
    log_mean_exp,
    log_prob,
    marginal,
    score,
    scored,
    scored_jointly,
    without_each,
)

K = 3
D = 4


class Value(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = Linear(D, 1)

    def forward(self, h: Tensor) -> Tensor:
        return self.linear(h)[..., 0]


class Weight(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = Linear(D, 6)

    def forward(self, z: Tensor, q: Tensor, x: Tensor) -> Tensor:
        h = log_prob(Normal(self.linear(z), 1), x, plates=1)
        return h - log_prob(Bernoulli(logits=q), z, plates=1)


class Estimators(Model):
    """Estimators with baselines, with several values and with parameters of their own, beside
    each other.
    """

    program = "estimators"
    inputs: ClassVar[dict[str, str]] = {"x": "real[6]", "label": "real[]"}
    fields: ClassVar[dict[str, str]] = {
        "h": "h",
        "v": "v",
        "v.z": "v_z",
        "v.c": "v_c",
        "w": "w",
        "s": "s",
        "r": "r",
        "y": "y",
        "b": "b",
        "fit": "fit",
        "bound": "bound",
    }
    losses = ("fit", "bound")
    nodes = ("v.z", "v.c", "w", "s", "r", "y", "b")

    class Output(NamedTuple):
        h: Tensor
        v: Tensor
        v_z: Tensor
        v_c: Tensor
        w: Tensor
        s: Tensor
        r: Tensor
        y: Tensor
        b: Tensor
        fit: Tensor | None
        bound: Tensor
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.empty(()))
        self.c_rebar = Rebar((D,), tau=0.3, eta=1)
        self.linear = Linear(6, D)
        self.r_relax = Relax((D,), hidden=8)
        self.y_lax = Lax((D,), hidden=64)
        self.value = Value()
        self.weight = Weight()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.uniform_(self.scale, -1 / math.sqrt(1), 1 / math.sqrt(1))

    def pick(self, u: Tensor) -> tuple[Tensor, Distribution, Tensor, Tensor, Tensor, Tensor | None]:
        q_z = Categorical(logits=u)
        baseline_z = self.value(u.detach())
        # z ~ Categorical(logits = u) via score(baseline = value(u))
        z = score(q_z, mode=self.mode)
        # c ~ Categorical(logits = u) via rebar(tau = 0.3)
        c, weight_c = self.c_rebar(Categorical(logits=u), dims=2, mode=self.mode)
        return z + c, q_z, baseline_z, z, c, weight_c

    def forward(self, x: Tensor, label: Tensor | None = None) -> Output:
        h = self.linear(x)
        v, v_q_z, v_baseline_z, v_z, v_c, v_weight_c = self.pick(h)
        q_w = Bernoulli(logits=h)
        # w ~ Bernoulli(logits = h) via score(baseline = value(h) * scale + label)
        w = score(q_w, mode=self.mode)
        q_s = Bernoulli(logits=h)
        # s ~ Bernoulli(logits = h) via score(samples = 2, baseline = self_critical)
        s = score(q_s, samples=2, greedy=True, mode=self.mode)
        # r ~ Bernoulli(logits = v) via relax(hidden = 8)
        r, weight_r = self.r_relax(Bernoulli(logits=v), plates=1, dims=4, mode=self.mode)
        # y ~ Normal(mean = v, std = 1) via lax
        y, weight_y = self.y_lax(Normal(v, 1), plates=1, dims=5, mode=self.mode)
        q_b = Bernoulli(logits=expand(h, (K, D), 1))
        # b ~ Bernoulli(logits = expand(h, K, D)) via vimco
        b = score(q_b, mode=self.mode)
        h2 = self.weight(b, h.unsqueeze(-2), x.unsqueeze(-2))
        bound = -log_mean_exp(h2, -1)
        fit = loss = None
        if label is not None:
            baseline_w = self.value(h.detach()) * self.scale + label
            fit = (v * w).sum(-1) * label + s.sum(-1) + (r * y).sum(-1)
            if self.training:
                cost = marginal(fit, weight_y, axis=3)
                cost = marginal(cost, weight_r, axis=2)
                cost = scored(cost, log_prob(q_s, s, plates=1), baseline="self_critical")
                cost = scored(cost, log_prob(q_w, w, plates=1), baseline=baseline_w)
                cost = marginal(cost, v_weight_c, axis=1)
                loss = (
                    scored_jointly(bound, log_prob(q_b, b, plates=1), -without_each(h2)).mean()
                    + scored(cost, log_prob(v_q_z, v_z), baseline=v_baseline_z).mean()
                )
                loss = self.close(loss)
            else:
                loss = fit.mean() + bound.mean()
        return self.Output(h, v, v_z, v_c, w, s, r, y, b, fit, bound, loss)
