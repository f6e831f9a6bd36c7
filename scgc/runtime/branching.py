"""The heaviest spanning tree with a given root, by Chu and Liu 1965 and Edmonds 1967.

networkx has it (`maximum_spanning_arborescence`), hundreds of times slower on graphs of all pairs: too slow
for one search in each example of each batch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Parents = NDArray[np.intp]


def heaviest(scores: Scores) -> Parents:
    """[n] parents with the largest sum of `scores[u, parent of u]` over u > 0; the root, node 0, is its own.

    scores: [n, n], finite; the root's row and the diagonal are not read.
    """
    scores = scores.copy()
    np.fill_diagonal(scores, -np.inf)
    parent: Parents = scores.argmax(-1)
    parent[0] = 0
    cycle = _cycle(parent)
    if cycle is None:
        return parent
    inside = np.zeros(len(scores), dtype=bool)
    inside[cycle] = True
    outside = np.flatnonzero(~inside)
    # the cycle becomes the last node: an edge out of it takes the place of one of its own
    change = scores[cycle] - scores[cycle, parent[cycle]][:, None]
    leaving, entered = change.argmax(0), cycle[scores[:, cycle].argmax(-1)]
    m = len(outside)
    smaller = np.zeros((m + 1, m + 1))
    smaller[:m, :m] = scores[np.ix_(outside, outside)]
    smaller[:m, m] = scores[outside, entered[outside]]
    smaller[m, :m] = change[leaving[outside], outside]
    found = heaviest(np.where(np.isfinite(smaller), smaller, 0.0))
    joins = found[:m] == m
    parent[outside] = np.where(joins, entered[outside], outside[np.minimum(found[:m], m - 1)])
    end = outside[found[m]]
    parent[cycle[leaving[end]]] = end
    return parent


def _cycle(parent: Parents) -> Parents | None:
    """The nodes of a cycle other than the root's loop."""
    end = parent
    for _ in range(len(parent).bit_length()):
        end = end[end]
    if not end.any():
        return None
    node = int(end[end != 0][0])  # so many steps lead into the cycle
    cycle = [node]
    while parent[cycle[-1]] != node:
        cycle.append(int(parent[cycle[-1]]))
    return np.array(cycle)
