"""Sections of the reference: distributions and estimators, and which go together."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from scgc.analysis.nodes import supports
from scgc.distributions import Distribution
from scgc.distributions import distributions as families
from scgc.estimators import Estimator
from scgc.estimators import estimators as registry
from scgc.reference.markdown import block, code, facts, link, ranges

SUPPORT = {
    "finite": "finitely many values",
    "count": "0, 1, 2, ...",
    "real": "real numbers",
    "positive": "positive numbers",
    "unit": "numbers from 0 to 1",
    "simplex": "positive numbers that sum to 1",
    "structure": "structures made of parts",
}


def distributions() -> Iterator[str]:
    """Every family."""
    yield "## Distributions"
    yield (
        "What a stochastic node draws from. The result of a signature is the type of a draw; leading axes"
        " `*s` are independent elements of one node. Where a family has several signatures, the names of the"
        " arguments choose; the first holds without names."
    )
    for family in families().values():
        yield f"### {code(family.name)}"
        yield block(family.signatures)
        yield f"{family.doc} Declared in {link(import_module(f'scgc.distributions.{_file(family)}'))}."
        yield facts(_family(family))


def estimators() -> Iterator[str]:
    """Every estimator."""
    yield "## Estimators"
    yield (
        "What may follow `via`: how the gradient of the expected loss reaches the parameters of a node's"
        " distribution. Without `via`: `pathwise` where the family has it, else `score`."
    )
    for estimator in registry().values():
        yield f"### {code(estimator.name)}"
        yield block([s for s in (estimator.signature, estimator.valued) if s])
        yield f"{estimator.doc} Declared in {link(import_module(f'scgc.estimators.{estimator.name}'))}."
        yield facts(_estimator(estimator))


def _file(family: Distribution) -> str:
    return family.name.lower()


def _family(family: Distribution) -> dict[str, str]:
    fitting = [e.name for e in registry().values() if supports(e, family.name)]
    return {
        "draws": SUPPORT[family.support],
        "numbers": ranges(family.limits, *family.parsed),
        "estimators": ", ".join(map(code, fitting)),
        "`prior uniform`": "yes" if family.uniform else "",
        "example": code(family.example),
    }


def _estimator(estimator: Estimator) -> dict[str, str]:
    fitting = [f for f in families() if supports(estimator, f)]
    carried = {
        "value": "through the drawn value",
        "score": "by the log-probability of the draw, which joins the loss",
        "weights": "by weights of several values",
    }
    learns = "parameters of its own, by the variance of the gradient" if estimator.module else ""
    words = {f"{option} is one of": ", ".join(map(code, w)) for option, w in estimator.words.items()}
    return {
        "for": "every family" if len(fitting) == len(families()) else ", ".join(map(code, fitting)),
        "gradient": f"{'biased' if estimator.biased else 'unbiased'}; {carried[estimator.carries]}",
        "needs downstream": estimator.downstream,
        "learns": learns,
        "draws in training": "relaxed, inside the simplex" if estimator.relaxed else "",
        **words,
        "numbers": ranges(estimator.limits, estimator.parsed),
        "cost": estimator.cost,
        "source": estimator.source,
    }
