"""The estimator `measure_valued`: the derivative of the density as a difference of two densities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scgc.declared import SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode, Normal, Poisson

ESTIMATOR = Estimator(
    signature="measure_valued(samples : dim = 1)",
    draw="measure_valued",
    families=("Bernoulli", "Categorical", "Normal", "Poisson"),
    carries="weights",
    relaxed=False,
    biased=False,
    doc="Moves one element of a draw at a time to where the derivative of its law is positive or negative.",
    cost="a draw and everything after it, and again for every element: k - 1 times for k categories, "
    "once for Poisson, twice for a Normal's mean and once for its width",
    source="Mohamed et al. 2020, section 6 and table 1; Heidergott et al. 2008 (coupled draws)",
    limits={"samples": SIZE},
    beside="compared",
)


def measure_valued(
    q: Bernoulli | Categorical | Normal | Poisson,
    *,
    samples: int = 1,
    plates: int = 0,
    dims: int | None = None,
    mode: Mode,
) -> tuple[Tensor, Tensor | None]:
    """In training draws without a gradient and, for each, copies with one element moved: [S, ...]; and their
    weights, whose gradients are the constants of the signed measures (copies have the weight 0).

    The derivative by a parameter, with f of the moved element alone written out:
    Categorical, Bernoulli: by the probability of category c, f(c); the draw's own category is not repeated.
    Poisson: by the rate, f(z + 1) - f(z).
    Normal: by the mean, (f(mean + std w) - f(mean - std w)) / (std sqrt(2 pi)), w from Weibull(2, sqrt 2); by
        the std, (f(mean + std m) - f(z)) / std with m from the double-sided Maxwell distribution, where
        the draw itself is z = mean + std m u with uniform u. Each if that parameter wants a gradient.

    Second derivatives would be differences of four draws with pairs of elements moved. In their place each
    difference is weighed by the score of what is not moved, and a Normal's draw by the second derivative of
    its own density; probabilities have none besides, and the score of a count is that of both of its values.

    samples: how many draws, each with copies of its own.
    plates, dims: as for `enumerate_support`. Otherwise a draw (in mode "mode" the mode) and None.
    """
    if mode != "train":
        return (q.mode if mode == "mode" else q.sample()), None
    from scgc.runtime.bernoulli import Bernoulli
    from scgc.runtime.categorical import Categorical
    from scgc.runtime.joint import framed, framed_weights, in_a_row, log_table, values_at, wide
    from scgc.runtime.normal import Normal

    if isinstance(q, Categorical | Bernoulli):
        found = _categories(log_table(q, plates), samples)
    elif isinstance(q, Normal):
        mean, std = (in_a_row(wide(x), q, plates) for x in (q.loc, q.scale))
        found = _gaussian(mean, std, samples)
    else:
        found = _counts(in_a_row(wide(q.rate), q, plates), samples)
    values, weights = _one_at_a_time(*found)
    weights = framed_weights(weights / samples, q, plates, dims)
    if isinstance(q, Categorical | Bernoulli):
        return values_at(q, values, plates, dims), weights
    return framed(values.to(q.mean.dtype), q, plates, dims), weights


def _categories(table: Tensor, samples: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draws, [samples, ..., n]; what their elements are moved to, [J, samples, ..., n]; and zeros with the
    derivatives of either's weight, [1 + J, samples, ..., n]."""
    import torch

    from scgc.runtime.joint import slope
    from scgc.runtime.noise import gumbel_like

    k = table.shape[-1]
    rows = table.expand(samples, *table.shape)
    drawn = (rows + gumbel_like(rows.detach())).argmax(-1)
    others = (drawn.unsqueeze(-1) + torch.arange(k, device=table.device)) % k
    tilt = slope(rows.exp()).gather(-1, others).movedim(-1, 0)
    score = slope(rows.gather(-1, drawn.unsqueeze(-1)).squeeze(-1))
    return drawn, others.movedim(-1, 0)[1:], tilt * (1 + 0.5 * _others(score))


def _counts(rate: Tensor, samples: int) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    from scgc.runtime.joint import slope

    drawn = torch.poisson(rate.detach().expand(samples, *rate.shape))
    score = slope(drawn * rate.log() - rate).sum(-1, keepdim=True)
    tilt = slope(rate) * (1 + 0.5 * score)
    tilt = tilt.expand_as(drawn)
    return drawn, (drawn + 1).unsqueeze(0), torch.stack([-tilt, tilt])


def _gaussian(mean: Tensor, std: Tensor, samples: int) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    from scgc.runtime.joint import slope
    from scgc.runtime.noise import normal_like, uniform_like

    loc, scale = (x.detach().expand(samples, *x.shape) for x in (mean, std))
    # the length of three normals, with a sign, is double-sided Maxwell; each of them is a uniform part of it
    parts = torch.stack([normal_like(loc) for _ in range(3)])
    drawn = loc + scale * parts[0]
    moved, tilts = [], [torch.zeros_like(drawn)]
    if mean.requires_grad:
        weibull = scale * (-2 * uniform_like(loc).log()).sqrt()
        change = slope(mean) / (scale * math.sqrt(2 * math.pi))
        moved += [loc + weibull, loc - weibull]
        tilts += [change, -change]
    if std.requires_grad:
        moved.append(loc + scale * parts.norm(dim=0) * parts[0].sign())
        tilts.append(slope(std) / scale)
        tilts[0] = -tilts[-1]
    d, a, b = parts[0], slope(mean) / scale, slope(std) / scale
    tilt = torch.stack(tilts) * (1 + 0.5 * _others(d * a + (d**2 - 1) * b))
    # the second derivative of the density by (mean, std) over the density, times std squared
    own = 0.5 * ((d**2 - 1) * a**2 + 2 * (d**3 - 3 * d) * a * b + (d**4 - 5 * d**2 + 2) * b**2)
    tilt = torch.cat([tilt[:1] + own, tilt[1:]])
    return drawn, torch.stack(moved) if moved else drawn[:0, None], tilt


def _others(score: Tensor) -> Tensor:
    """For every element the scores of the others together, [..., n]."""
    return score.sum(-1, keepdim=True) - score


def _one_at_a_time(drawn: Tensor, moved: Tensor, tilt: Tensor) -> tuple[Tensor, Tensor]:
    """The draws and their copies, [S, ..., n], and their weights, [S, ...]: samples are flattened into S."""
    import torch

    n = drawn.shape[-1]
    here = torch.eye(n, dtype=torch.bool, device=drawn.device)
    here = here.reshape(n, *(1,) * drawn.dim(), n)
    # [n, J, samples, ..., n]
    copies = torch.where(here, moved, drawn)
    values = torch.cat([drawn.unsqueeze(0), copies.flatten(0, 1)])
    weights = torch.cat([1 + tilt[0].sum(-1).unsqueeze(0), tilt[1:].movedim(-1, 0).flatten(0, 1)])
    return values.flatten(0, 1), weights.flatten(0, 1)
