"""The discrete variational autoencoder with every estimator that can train it."""

from __future__ import annotations

from functools import cache

import scgc

PROGRAM = "discrete_vae"
BITS = "Bernoulli(logits = encode(ink))"
"""What replaces `code` for 200 bits in place of the 20 variables of 10 categories."""

ESTIMATORS = (
    "score",
    "score(baseline = moving_average)",
    "score(samples = 2, baseline = leave_one_out)",
    "score(samples = 4, baseline = leave_one_out)",
    "disarm",
    "arm",
    "arm(reference = one)",
    "measure_valued",
    "without_replacement",
    "without_replacement(weights = ordered)",
    "rao_blackwell",
    "rebar",
    "relax",
    "gumbel_softmax(tau = 0.5)",
    "gumbel_softmax(tau = 0.5, hard = true)",
    "straight_through",
    "reinmax",
    "gumbel_rao",
    "entmax",
    "sparsemax",
    "marginals",
    "imle(step = 100)",
)
"""`enumerate`, `lax` and `pathwise` are not legal: 10 ** 20 values, nothing reparameterised."""


@cache
def is_legal(estimator: str, bits: bool) -> bool:
    """Whether the program may have it, with categories or with bits."""
    settings = {"z.via": estimator} | ({"code": BITS} if bits else {})
    return not any(d.severity == "error" for d in scgc.check(PROGRAM, set=settings))
