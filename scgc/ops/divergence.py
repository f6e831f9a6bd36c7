"""Which Kullback-Leibler divergences between families there are. The runtime holds the formulas."""

from __future__ import annotations

from typing import Literal

from scgc.distributions import distributions

CLOSED: dict[str, tuple[str, ...]] = {
    "Normal": ("Gumbel", "Laplace"),
    "Uniform": ("Normal", "Gumbel", "Exponential", "Gamma", "Beta"),
    "Gumbel": ("Normal",),
    "Laplace": ("Normal",),
    "Exponential": ("Normal", "Gumbel", "Gamma"),
    "Gamma": ("Normal", "Gumbel", "Exponential"),
    "Beta": ("Normal", "Uniform", "Exponential", "Gamma"),
}
"""Family of q -> other families of p for which KL(q || p) has a closed form that is finite."""

_WITHIN = {
    "unit": ("unit", "positive", "real"),
    "positive": ("positive", "real"),
    "real": ("real",),
    "count": ("count",),
}
"""Support of q -> supports of p that hold it."""


def divergence(q: str, p: str) -> Literal["closed", "sampled"] | None:
    """How KL(q || p) of two families is computed: by a formula, or from a draw of q; None where it is
    infinite or does not exist."""
    if q == p or p in CLOSED.get(q, ()):
        return "closed"
    within = "unit" if q == "Uniform" else distributions()[q].support  # a Uniform may lie anywhere
    bounded = p in ("Uniform", "Binomial")
    return "sampled" if distributions()[p].support in _WITHIN.get(within, ()) and not bounded else None
