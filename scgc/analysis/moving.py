"""Supports whose ends are parameters, as those of a Uniform: who may move them."""

from __future__ import annotations

from scgc.analysis.flow import Flow
from scgc.analysis.gradients import passed
from scgc.analysis.nodes import supports
from scgc.diagnostics.graph import UnsupportedEstimator
from scgc.distributions import distributions
from scgc.estimators import estimators
from scgc.estimators.declare import Estimator
from scgc.ir.graph import Sample
from scgc.ir.types import DistType
from scgc.source import Span


def moving_support(
    opened: Flow, node: Sample, source: str, learned: set[str], span: Span | None
) -> UnsupportedEstimator | None:
    """What is told of a node whose draws are weighed by their probability, which knows nothing of the ends,
    while what is learned moves these. Ends that are given by the data or drawn without a gradient may.

    source: the node's distribution. learned: the params, and what layers give.
    """
    type_ = opened.statements[source].type
    assert isinstance(type_, DistType)
    estimator = estimators()[node.estimator.name]
    if not distributions()[type_.family].moving or estimator.carries == "value":
        return None
    if not passed(opened, source) & learned:
        return None
    fitting = [e.name for e in estimators().values() if _follows(e, type_)]
    return UnsupportedEstimator(
        span=span,
        estimator=estimator.name,
        distribution=type_.family,
        reason=UnsupportedEstimator.moving,
        supported=", ".join(fitting),
    )


def _follows(estimator: Estimator, type_: DistType) -> bool:
    """Whether the ends may move."""
    return estimator.carries == "value" and supports(estimator, type_.family)
