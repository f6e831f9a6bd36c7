"""Where the gradient of a loss can run back to, given each node's estimator.

A gradient passes an operator where that has a derivative, and a stochastic node as its estimator carries it:
through the value, or straight to the distribution of any node that influences the loss (score, weights). A
value that is such a node's baseline is fitted to the loss.
"""

from __future__ import annotations

import networkx as nx

from scgc.analysis.flow import Flow
from scgc.estimators import estimators


def reached(opened: Flow, value: str) -> set[str]:
    """Every value that the gradient of the cost `value` reaches."""
    if value not in opened.graph:
        return set()
    influences = opened.before(value) | {value}
    starts = {value}
    for name, node in opened.samples():
        if name in influences and estimators()[node.estimator.name].carries != "value":
            starts |= set(opened.graph.predecessors(name))
            starts |= {opened.baselines[name]} if name in opened.baselines else set()
    passing = nx.DiGraph((a, b) for a, b, passes in opened.graph.edges(data="passes") if passes)
    found = set(starts)
    for start in starts:
        if start in passing:
            found |= set(nx.ancestors(passing, start))
    return found


def influenced(opened: Flow, name: str) -> set[str]:
    """Every value that depends on one, other than by a path that `stop` cuts on purpose."""
    graph = opened.graph
    cut = [(a, b) for a, b in graph.edges if getattr(opened.statements.get(b), "function", "") == "stop"]
    view = nx.restricted_view(graph, [], cut)
    return set(nx.descendants(view, name))
