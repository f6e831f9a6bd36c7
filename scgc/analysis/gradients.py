"""Where the gradient of a loss can run back to, given each node's estimator.

A gradient passes an operator where that has a derivative, and a stochastic node as its estimator carries it:
through the value, or straight to the distribution of any node that influences the loss (score, weights). A
value that is such a node's baseline is fitted to the loss.
"""

from __future__ import annotations

from scgc.analysis.digraph import along
from scgc.analysis.flow import Flow
from scgc.estimators import estimators


def reached(opened: Flow, value: str) -> set[str]:
    """Every value that the gradient of the cost `value` reaches."""
    if value not in opened.graph:
        return set()
    influences = opened.before(value) | {value}
    starts = {value}
    for name, node in opened.samples:
        if name in influences and estimators()[node.estimator.name].carries != "value":
            starts |= set(opened.graph.pred[name])
            starts |= {opened.baselines[name]} if name in opened.baselines else set()
    return starts | along(opened.passing, starts)


def passed(opened: Flow, value: str) -> set[str]:
    """Every value by which one can be differentiated."""
    return {value} | along(opened.passing, (value,))


def influencing(opened: Flow, value: str) -> set[str]:
    """Every value on which one depends other than by a path that `stop` cuts on purpose."""
    return along(opened.unstopped, (value,))
