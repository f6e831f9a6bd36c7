"""Every cell of NAS-Bench-101 (Ying et al. 2019), enumerated up to isomorphism; and a cell as a graph.

A cell is a directed acyclic graph with an input, an output and up to five operations between them, at most
nine edges, and every node on a way from the input to the output. Its nodes are numbered so that edges go from
lower to higher numbers, which can be done in several ways. The one kept has the least code: the edge from u
to v is bit u + v (v - 1) / 2 of a number; these are compared first, then the operations, node by node.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scgc.data.nas101 import KINDS, OUTPUT
from scgc.diagnostics.base import CompilerBug

if TYPE_CHECKING:
    import networkx as nx

OPERATIONS = 3
MOST_NODES, MOST_EDGES = 7, 9

COUNTS = {2: 1, 3: 6, 4: 84, 5: 2441, 6: 62010, 7: 359082}
"""How many cells have how many nodes: together the 423,624 of the paper."""

Integers = NDArray[np.int64]


class Cells(NamedTuple):
    """Cells in arrays of one width V; nodes beyond a cell's own have kind 0 and no edges.

    kind: class of each node, int64 `[n, V]`; the input is node 0, the output the last that is used.
    edge: whether an edge goes from u to v, bool `[n, V, V]`, only where u < v.
    used: which nodes exist, bool `[n, V]`.
    """

    kind: Integers
    edge: NDArray[np.bool_]
    used: NDArray[np.bool_]


def all_cells(most: int = MOST_NODES) -> Cells:
    """Every cell of at most `most` nodes (2 to 7), ordered by nodes, edges and operations."""
    sizes = range(2, most + 1)
    return Cells(*(np.concatenate(parts) for parts in zip(*(_padded(n, most) for n in sizes), strict=True)))


def _padded(nodes: int, width: int) -> Cells:
    graphs, labels = _classes(nodes)
    if len(graphs) != COUNTS[nodes]:
        raise CompilerBug(f"{len(graphs)} cells of {nodes} nodes where there are {COUNTS[nodes]}")
    kind = np.zeros((len(graphs), width), np.int64)
    edge = np.zeros((len(graphs), width, width), bool)
    kind[:, 1 : nodes - 1] = _digits(nodes - 2)[labels] + 1
    kind[:, nodes - 1] = OUTPUT
    for bit, (u, v) in enumerate(_pairs(nodes)):
        edge[:, u, v] = graphs >> bit & 1
    return Cells(kind, edge, np.broadcast_to(np.arange(width) < nodes, kind.shape))


def _classes(nodes: int) -> tuple[Integers, Integers]:
    """The least codes of all cells of so many nodes: of their edges and of their operations."""
    graphs = _graphs(nodes)
    inner = [(0, *order, nodes - 1) for order in permutations(range(1, nodes - 1))]
    least = graphs.copy()
    for order in inner:
        np.minimum(least, _renumbered(graphs, order), out=least)
    graphs = graphs[graphs == least]
    labels = np.arange(OPERATIONS ** (nodes - 2))
    # of the ways to label a graph, those that a symmetry of the graph turns into a lesser one are left out
    kept = np.ones((len(graphs), len(labels)), bool)
    for order in inner:
        symmetric = _renumbered(graphs, order) == graphs
        kept[symmetric] &= _relabelled(order) >= labels
    which, labels = kept.nonzero()
    return graphs[which], labels


def _pairs(nodes: int) -> list[tuple[int, int]]:
    """The possible edges, in the order of their bits."""
    return [(u, v) for v in range(nodes) for u in range(v)]


def _graphs(nodes: int) -> Integers:
    """The codes of all graphs with few enough edges whose nodes all lie on a way from input to output.

    In a graph whose edges go upwards they do if every node but the first is entered and every node but the
    last is left.
    """
    pairs = _pairs(nodes)
    codes = np.arange(1 << len(pairs))
    fits = sum(codes >> bit & 1 for bit in range(len(pairs))) <= MOST_EDGES
    for node in range(nodes):
        entering = sum(1 << bit for bit, (_, v) in enumerate(pairs) if v == node)
        leaving = sum(1 << bit for bit, (u, _) in enumerate(pairs) if u == node)
        fits &= (codes & entering > 0) | (node == 0)
        fits &= (codes & leaving > 0) | (node == nodes - 1)
    return codes[fits]


def _renumbered(codes: Integers, order: tuple[int, ...]) -> Integers:
    """The codes with node u called `order[u]`; more than any code where an edge then goes downwards."""
    pairs = _pairs(len(order))
    bits = {pair: 1 << bit for bit, pair in enumerate(pairs)}
    moved = [bits.get((order[u], order[v]), 1 << len(pairs)) for u, v in pairs]
    half = len(pairs) // 2
    low, high = _unions(moved[:half]), _unions(moved[half:])
    image: Integers = low[codes & ((1 << half) - 1)] | high[codes >> half]
    return image


def _unions(bits: list[int]) -> Integers:
    """Entry i has those of the bits that are set in i."""
    table = np.zeros(1, np.int64)
    for bit in bits:
        table = np.concatenate([table, table | bit])
    return table


def _relabelled(order: tuple[int, ...]) -> Integers:
    """Every code of operations with node u called `order[u]`."""
    operations = len(order) - 2
    places = [OPERATIONS ** (len(order) - 2 - order[node]) for node in range(1, operations + 1)]
    codes: Integers = (_digits(operations) * places).sum(1)
    return codes


def _digits(operations: int) -> Integers:
    """The operations that each code stands for, `[codes, operations]`, the first node's counting most."""
    powers: Integers = OPERATIONS ** np.arange(operations - 1, -1, -1)
    digits: Integers = np.arange(OPERATIONS**operations)[:, None] // powers % OPERATIONS
    return digits


def cell_graph(kind: Any, edge: Any) -> nx.DiGraph:
    """One cell (arrays or tensors `[V]` and `[V, V]`) up to its first output, each node with its `label`.

    Edges from or to what lies beyond the first output are left out; a cell without an output keeps all nodes.
    """
    import networkx as nx

    kinds = np.asarray(kind).tolist()
    nodes = kinds.index(OUTPUT) + 1 if OUTPUT in kinds else len(kinds)
    graph = nx.DiGraph()
    graph.add_nodes_from((node, {"label": KINDS[kinds[node]]}) for node in range(nodes))
    graph.add_edges_from(np.argwhere(np.asarray(edge)[:nodes, :nodes]).tolist())
    return graph


__all__ = ["COUNTS", "Cells", "all_cells", "cell_graph"]
