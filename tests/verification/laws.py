"""The distributions of random programs, as sums over points: what a draw can be, and with which weight.

Written from the definitions and read by nothing of the compiler. Finite families have their values as points;
of continuous ones that are a location and a scale of fixed noise the points move with the parameters
(Gauss-Hermite, Gauss-Laguerre, Gauss-Legendre); of others the points stand still and the density weighs them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import lgamma, prod

import numpy as np
import torch
from torch import Tensor

Args = dict[str, Tensor]
"""The parameters of a distribution by slot, [..., examples, *shape]."""
WHOLE, POSITIVE, NARROW = "{x}", "exp(tanh(0.5 * {x}) + 0.4)", "exp(0.5 * tanh(0.6 * {x}) - 0.9)"
"""How a real number becomes a parameter; NARROW for widths. Bounded, so that whatever is drawn before, also
in earlier rounds of a loop, the points of a law hold all of its mass, and every moment exists."""


def tensor(values: object) -> Tensor:
    return torch.as_tensor(np.asarray(values), dtype=torch.float64)


def hermite(count: int) -> tuple[Tensor, Tensor]:
    """For the standard normal."""
    t, w = np.polynomial.hermite_e.hermegauss(count)
    return tensor(t), tensor(w / w.sum())


def laguerre(count: int) -> tuple[Tensor, Tensor]:
    """For the exponential of rate 1."""
    t, w = np.polynomial.laguerre.laggauss(count)
    return tensor(t), tensor(w)


def legendre(count: int) -> tuple[Tensor, Tensor]:
    """For the uniform distribution between 0 and 1."""
    t, w = np.polynomial.legendre.leggauss(count)
    return tensor((t + 1) / 2), tensor(w / 2)


def two_sided(count: int) -> tuple[Tensor, Tensor]:
    t, w = laguerre(count)
    return torch.cat([-t, t]), torch.cat([w, w]) / 2


def half_line(count: int) -> tuple[Tensor, Tensor]:
    """For integrals from 0 to infinity."""
    t, w = legendre(count)
    return t / (1 - t), w / (1 - t) ** 2


def whole(count: int) -> tuple[Tensor, Tensor]:
    return torch.arange(count, dtype=torch.float64), torch.ones(count, dtype=torch.float64)


def gamma(t: Tensor, a: Args) -> Tensor:
    c, r = a["concentration"], a["rate"]
    return (c * r.log() + (c - 1) * t.log() - r * t - torch.lgamma(c)).exp()


def beta(t: Tensor, a: Args) -> Tensor:
    x, y = a["concentration1"], a["concentration0"]
    norm = torch.lgamma(x + y) - torch.lgamma(x) - torch.lgamma(y)
    return (norm + (x - 1) * t.log() + (y - 1) * (1 - t).log()).exp()


def bernoulli(t: Tensor, a: Args) -> Tensor:
    on = a["logits"].sigmoid()
    return t * on + (1 - t) * (1 - on)


def poisson(t: Tensor, a: Args) -> Tensor:
    return (t * a["rate"].log() - a["rate"] - torch.lgamma(t + 1)).exp()


def geometric(t: Tensor, a: Args) -> Tensor:
    on = a["logits"].sigmoid()
    return on * (1 - on) ** t


def binomial(t: Tensor, a: Args) -> Tensor:
    on = a["logits"].sigmoid()
    ways = tensor([prod(range(4 - k, 4)) / np.exp(lgamma(k + 1)) for k in range(4)])[t.long()]
    return ways * on**t * (1 - on) ** (3 - t)


@dataclass(frozen=True)
class Kind:
    """A family whose elements are numbers. slots: how each parameter is made of a real number; fixed: options
    in the text; grid: points and weights; place: a draw from a point; density: what else weighs a point."""

    slots: dict[str, str]
    grid: tuple[Tensor, Tensor]
    place: Callable[[Tensor, Args], Tensor] | None = None
    density: Callable[[Tensor, Args], Tensor] | None = None
    fixed: str = ""


KINDS = {
    "Bernoulli": Kind({"logits": WHOLE}, whole(2), density=bernoulli),
    "Normal": Kind({"mean": WHOLE, "std": NARROW}, hermite(14), lambda t, a: a["mean"] + a["std"] * t),
    "LogNormal": Kind(
        {"loc": WHOLE, "scale": NARROW}, hermite(24), lambda t, a: (a["loc"] + a["scale"] * t).exp()
    ),
    "Laplace": Kind({"loc": WHOLE, "scale": NARROW}, two_sided(24), lambda t, a: a["loc"] + a["scale"] * t),
    "Uniform": Kind(
        {"low": "tanh({x}) - 1.5", "high": "tanh({x}) + 1.5"},
        legendre(20),
        lambda t, a: a["low"] + (a["high"] - a["low"]) * t,
    ),
    "Exponential": Kind({"rate": POSITIVE}, laguerre(32), lambda t, a: t / a["rate"]),
    "Gamma": Kind({"concentration": "2 + " + POSITIVE, "rate": POSITIVE}, half_line(80), density=gamma),
    "Beta": Kind(
        {"concentration1": "1.5 + " + POSITIVE, "concentration0": "1.5 + " + POSITIVE},
        legendre(60),
        density=beta,
    ),
    "Poisson": Kind({"rate": POSITIVE}, whole(40), density=poisson),
    "Geometric": Kind({"logits": "tanh({x})"}, whole(90), density=geometric),
    "Binomial": Kind({"logits": WHOLE}, whole(4), density=binomial, fixed="total_count = 3, "),
}
STRUCTURES = ("TopK", "Arborescence")
DISCRETE = ("Categorical", "Bernoulli")
FINITE = (*DISCRETE, *STRUCTURES)


@dataclass(frozen=True)
class Law:
    """A family with its shape: `plates` are independent elements; `size` the categories, the elements of
    which TopK draws two, the nodes of an arborescence."""

    family: str
    plates: tuple[int, ...] = ()
    size: int = 0

    @property
    def slots(self) -> dict[str, str]:
        return KINDS[self.family].slots if self.family in KINDS else {"logits": WHOLE}

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a draw and, because that is so for all families here, of the parameters."""
        match self.family:
            case "Categorical" | "TopK":
                return (*self.plates, self.size)
            case "Arborescence":
                return (self.size, self.size)
        return self.plates

    @property
    def fixed(self) -> str:
        return KINDS[self.family].fixed if self.family in KINDS else ""

    @property
    def tail(self) -> str:
        return ", k = 2" if self.family == "TopK" else ""

    @property
    def points(self) -> int:
        """How many joint values a draw is summed over."""
        if self.family in STRUCTURES:
            return len(self.structures)
        each = self.size if self.family == "Categorical" else len(KINDS[self.family].grid[0])
        return int(each ** prod(self.plates))

    @cached_property
    def structures(self) -> Tensor:
        """[points, *shape]: the subsets of two, or the trees rooted at node 0."""
        n = self.size
        if self.family == "TopK":
            return tensor([[float(i in pair) for i in range(n)] for pair in combinations(range(n), 2)])
        found = [p for p in product(range(n), repeat=n) if p[0] == 0 and _is_tree(p)]
        return torch.eye(n, dtype=torch.float64)[torch.tensor(found)]

    def draws(self, args: Args, depth: int) -> tuple[Tensor, Tensor]:
        """Every value and its weight, `[points, ..., examples, *shape]` and without the shape; there are
        `depth` axes in front of the examples already."""
        lead = (1,) * (depth + 1)
        if self.family in STRUCTURES:
            z = self.structures.reshape(self.points, *lead, *self.shape)
            axes = list(range(-len(self.shape), 0))
            score = args["logits"]
            if self.family == "Arborescence":  # the root's row is its own
                score = score * (1 - torch.eye(self.size, dtype=score.dtype)[:, :1] * torch.ones(self.size))
            return z, (z * score).sum(axes).softmax(0)
        categories = self.family == "Categorical"
        grid, weights = whole(self.size) if categories else KINDS[self.family].grid
        picks = torch.tensor(list(product(range(len(grid)), repeat=prod(self.plates))))
        picks = picks.reshape(self.points, *lead, *self.plates)
        plates = list(range(-len(self.plates), 0))
        if categories:
            z = torch.eye(self.size, dtype=torch.float64)[picks]
            p = (args["logits"].softmax(-1) * z).sum(-1)
        else:
            kind = KINDS[self.family]
            t, p = grid[picks], weights[picks]
            z = kind.place(t, args) if kind.place else t
            p = p * kind.density(t, args) if kind.density else p
        for axis in reversed(plates):
            p = p.prod(axis)
        return z, p

    def log_prob(self, args: Args, z: Tensor) -> Tensor:
        """Of each element of a value, for Categorical, Bernoulli and Normal."""
        match self.family:
            case "Categorical":
                return (args["logits"].log_softmax(-1) * z).sum(-1)
            case "Bernoulli":
                return bernoulli(z, args).log()
        u = (z - args["mean"]) / args["std"]
        return -0.5 * u**2 - args["std"].log() - 0.5 * float(np.log(2 * np.pi))

    def divergence(self, args: Args) -> Tensor:
        """From the uniform distribution, or the standard normal, of each element."""
        match self.family:
            case "Categorical":
                log_p = args["logits"].log_softmax(-1)
                return (log_p.exp() * log_p).sum(-1) + float(np.log(self.size))
            case "Bernoulli":
                on = args["logits"].sigmoid()
                return on * on.log() + (1 - on) * (1 - on).log() + float(np.log(2))
        mean, std = args["mean"], args["std"]
        return 0.5 * (mean**2 + std**2 - 1) - std.log()


def _is_tree(parents: tuple[int, ...]) -> bool:
    for start in range(len(parents)):
        at = start
        for _ in parents:
            at = parents[at]
        if at != 0:
            return False
    return True
