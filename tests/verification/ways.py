"""Which estimators a node of a random program may have, read from the registry: new ones are tried."""

from __future__ import annotations

from functools import cache

from laws import Law

from scgc.distributions import Distribution, distributions
from scgc.estimators import Estimator, estimators

OPTIONS = {
    "score": (
        "score",
        "score(samples = 3)",
        "score(samples = 2, baseline = leave_one_out)",
        "score(samples = 4, baseline = leave_one_out)",
        "score(baseline = moving_average)",
        "score(samples = 2, baseline = moving_average)",
        "score(baseline = self_critical)",
        "score(samples = 2, baseline = self_critical)",
    ),
    "disarm": ("disarm", "disarm(samples = 2)"),
    "arm": ("arm", "arm(samples = 2)", "arm(reference = one)"),
    "measure_valued": ("measure_valued", "measure_valued(samples = 2)"),
    "without_replacement": (
        "without_replacement(k = 2)",
        "without_replacement(k = 3)",
        "without_replacement(k = 2, baseline = none)",
        "without_replacement(k = 3, weights = ordered)",
    ),
    "importance": ("importance(explore = 0.3)", "importance(samples = 3, tau = 2)"),
    "rao_blackwell": (
        "rao_blackwell(k = 1)",
        "rao_blackwell(k = 2, samples = 2)",
        "rao_blackwell(k = 1, baseline = none)",
    ),
    "rebar": ("rebar", "rebar(tau = 1, eta = 0.6)"),
    "relax": ("relax(hidden = 4)",),
    "lax": ("lax(hidden = 4)",),
}
"""The calls that are tried of an estimator; of others the name alone."""
APART = ("vimco",)
"""Legal in programs of a form of their own."""


@cache
def ways(family: str) -> tuple[str, ...]:
    """The calls of estimators without bias that are legal for a family."""
    declared = distributions()[family]
    found: list[str] = []
    for name, estimator in estimators().items():
        legal = estimator.families
        fits = (
            legal is None
            or (legal == "finite" and declared.values)
            or (legal == "reparameterised" and declared.reparameterised)
            or (isinstance(legal, tuple) and family in legal)
        )
        if estimator.biased or not fits or name in APART or _unknowing(declared, estimator):
            continue
        words = estimator.words.get("baseline", ())
        found += [
            w for w in OPTIONS.get(name, (name,)) if "self_critical" not in w or "self_critical" in words
        ]
    return tuple(found)


def _unknowing(declared: Distribution, estimator: Estimator) -> bool:
    """The score of a draw does not know of ends of the support that parameters move."""
    return declared.moving and estimator.carries != "value"


def weighted(way: str) -> bool:
    """Whether an estimator has several values with weights."""
    return estimators()[way.partition("(")[0]].carries == "weights"


def single(way: str) -> bool:
    """Whether a node of it adds no axis: one draw."""
    return not weighted(way) and "samples" not in way and "self_critical" not in way


def fixed(way: str) -> bool:
    """Whether it wants a plate of a length that is known."""
    return estimators()[way.partition("(")[0]].fixed


def hard(way: str) -> bool:
    """Whether its draws may be indices, and no gradient is to pass through them."""
    used = estimators()[way.partition("(")[0]]
    return used.carries != "value" and not used.relaxed


def width(way: str, law: Law, copies: int = 1) -> int:
    """About how many values a node has at once, where copies of it are drawn in one call."""
    name, elements = way.partition("(")[0], copies
    for n in law.plates:
        elements *= n
    k = law.size if law.family == "Categorical" else 2
    match name:
        case "enumerate":
            return law.points**copies
        case "measure_valued":
            return (1 + elements * max(k - 1, 3)) * (2 if "samples" in way else 1)
        case "arm":
            return (1 + k * (k - 1) // 2) * (2 if "samples" in way else 1)
        case "score":
            return int(way.partition("samples = ")[2][:1] or 1) + ("self_critical" in way)
        case "pathwise":
            return 1
    return 4
