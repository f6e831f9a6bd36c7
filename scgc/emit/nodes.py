"""Facts about stochastic nodes that several steps of the emitter ask for."""

from __future__ import annotations

from scgc.distributions import plates
from scgc.estimators import estimators
from scgc.estimators.declare import Estimator
from scgc.ir.graph import Apply, Sample, Simple, WordOption


def estimator_of(sample: Sample) -> Estimator:
    """The declaration of a node's estimator."""
    return estimators()[sample.estimator.name]


def assembled(statement: Simple) -> bool:
    """Whether the loss needs the distribution of a stochastic node."""
    return (
        isinstance(statement, Sample)
        and statement.observe is None
        and estimator_of(statement).carries != "value"
    )


def with_weights(statement: Simple) -> bool:
    """Whether the loss needs the weights that come with a stochastic node's values."""
    return (
        isinstance(statement, Sample)
        and statement.observe is None
        and estimator_of(statement).carries == "weights"
    )


def is_shortcut(statement: Simple) -> bool:
    """Whether it is a shortcut that is drawn once for a batch."""
    match statement:
        case Apply(function="dropres", options=options):
            per = options.get("per")
            return not isinstance(per, WordOption) or per.word == "batch"
        case _:
            return False


def weight_name(node: str) -> str:
    """What the weights of a node's values are called among the values of its region."""
    return f"%weight_{node}"


def beside_name(node: str) -> str:
    """What the values beside a node's draws are called."""
    return f"%beside_{node}"


__all__ = ["assembled", "beside_name", "estimator_of", "plates", "weight_name", "with_weights"]
