"""Where the gradient of a loss can run back to, given each node's estimator.

A gradient passes an operator where that has a derivative, and a stochastic node as its estimator carries it:
through the value, or straight to the distribution of any node that influences the loss (score, weights). A
value that is such a node's baseline is fitted to the loss.
"""

from __future__ import annotations

from collections.abc import Callable

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
    return _back(opened, starts, lambda a, b: opened.graph.succ[a][b].passes)


def passed(opened: Flow, value: str) -> set[str]:
    """Every value by which one can be differentiated."""
    return _back(opened, {value}, lambda a, b: opened.graph.succ[a][b].passes)


def influencing(opened: Flow, value: str) -> set[str]:
    """Every value on which one depends other than by a path that `stop` cuts on purpose."""
    return _back(
        opened, {value}, lambda _, b: getattr(opened.statements.get(b), "function", "") != "stop"
    ) - {value}


def _back(opened: Flow, starts: set[str], goes: Callable[[str, str], bool]) -> set[str]:
    """The starts, and all that leads to them along edges that it goes."""
    found, left = set(starts), list(starts)
    before = opened.graph.pred
    while left:
        value = left.pop()
        for source in before.get(value, ()):
            if source not in found and goes(source, value):
                found.add(source)
                left.append(source)
    return found
