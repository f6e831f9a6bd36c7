"""The cells of NAS-Bench-101 against other ways to count and compare them."""

from itertools import combinations, permutations, product

import networkx as nx
import numpy as np
import pytest
import torch

from scgc.data import cells
from scgc.data.cells import COUNTS, Cells, all_cells, cell_graph
from scgc.diagnostics.base import CompilerBug
from scgc.metrics.cells import valid_cell


@pytest.fixture(scope="module")
def every() -> Cells:
    return all_cells()


def graph(matrix: np.ndarray, kinds: tuple[int, ...]) -> nx.DiGraph:
    drawn = nx.from_numpy_array(matrix, create_using=nx.DiGraph)
    nx.set_node_attributes(drawn, dict(enumerate(kinds)), "kind")
    return drawn


def isomorphic(a: nx.DiGraph, b: nx.DiGraph) -> bool:
    return bool(nx.is_isomorphic(a, b, node_match=lambda one, two: one == two))


def candidates(nodes: int):
    """Every labelled graph that could be a cell, one after another, by the definition."""
    pairs = [(u, v) for u in range(nodes) for v in range(u + 1, nodes)]
    for chosen in product((0, 1), repeat=len(pairs)):
        matrix = np.zeros((nodes, nodes), int)
        for (u, v), there in zip(pairs, chosen, strict=True):
            matrix[u, v] = there
        plain = nx.from_numpy_array(matrix, create_using=nx.DiGraph)
        on_a_way = (nx.descendants(plain, 0) | {0}) & (nx.ancestors(plain, nodes - 1) | {nodes - 1})
        if matrix.sum() <= 9 and len(on_a_way) == nodes:
            for inside in product((1, 2, 3), repeat=nodes - 2):
                yield matrix, (0, *inside, 4)


def test_as_many_as_in_the_paper(every: Cells):
    sizes, counts = np.unique(every.used.sum(1), return_counts=True)
    assert dict(zip(sizes.tolist(), counts.tolist(), strict=True)) == COUNTS
    assert len(every.kind) == 423_624


@pytest.mark.parametrize("nodes", [2, 3, 4])
def test_against_isomorphism_by_search(nodes: int):
    """Each candidate is isomorphic to one of the enumerated cells, each of them to a candidate."""
    found = all_cells(nodes)
    chosen = found.used.sum(1) == nodes
    kept = [graph(e, tuple(k)) for k, e in zip(found.kind[chosen], found.edge[chosen], strict=True)]
    met = set()
    for matrix, kinds in candidates(nodes):
        (which,) = (i for i, cell in enumerate(kept) if isomorphic(cell, graph(matrix, kinds)))
        met.add(which)
    assert len(met) == len(kept)


def test_against_all_orders_of_five_nodes():
    """The least form over all orders of the nodes inside, worked out for one graph at a time."""

    def least(matrix: np.ndarray, kinds: tuple[int, ...]) -> tuple[list[bool], tuple[int, ...]]:
        forms = []
        for inside in permutations(range(1, 4)):
            order = [0, *inside, 4]
            moved = matrix[np.ix_(order, order)]
            if not np.tril(moved).any():
                # the highest bit first: the code of a graph is compared like a number
                bits = [bool(moved[u, v]) for v in range(4, 0, -1) for u in range(v - 1, -1, -1)]
                forms.append((bits, tuple(kinds[i] for i in order)))
        return min(forms)

    expected = {(*bits, *kinds) for bits, kinds in (least(m, k) for m, k in candidates(5))}
    five = all_cells(5)
    chosen = five.used.all(1)
    found = [
        (*(bool(e[u, v]) for v in range(4, 0, -1) for u in range(v - 1, -1, -1)), *k.tolist())
        for k, e in zip(five.kind[chosen], five.edge[chosen], strict=True)
    ]
    assert set(found) == expected and len(found) == len(expected) == 2441


def test_no_two_are_isomorphic(every: Cells):
    """Of the cells with seven nodes, nine edges and convolutions only, those of equal degrees."""
    alike = every.used.all(1) & (every.edge.sum((1, 2)) == 9) & (every.kind[:, 1:6] == 1).all(1)
    groups: dict[str, list[nx.DiGraph]] = {}
    for kind, edge in zip(every.kind[alike], every.edge[alike], strict=True):
        cell = graph(edge, tuple(kind.tolist()))
        degrees = sorted((cell.in_degree(n), cell.out_degree(n)) for n in cell)
        groups.setdefault(str(degrees), []).append(cell)
    pairs = [pair for group in groups.values() for pair in combinations(group, 2)]
    assert len(pairs) > 1000 and not any(isomorphic(a, b) for a, b in pairs)


def test_every_cell_is_valid(every: Cells):
    kind, edge = torch.from_numpy(every.kind), torch.from_numpy(every.edge)
    assert bool(valid_cell(kind, edge).all())
    assert every.edge.sum((1, 2)).max() == 9 and not np.tril(every.edge).any()
    ends = every.used.sum(1) - 1
    assert (every.kind[np.arange(len(ends)), ends] == 4).all()
    assert not every.kind[~every.used].any()
    assert not every.edge[~every.used].any() and not every.edge.swapaxes(1, 2)[~every.used].any()


def test_smaller_cells_are_the_first_of_all(every: Cells):
    few = all_cells(4)
    assert few.kind.shape == (91, 4)
    for small, large in zip(few, every, strict=True):
        inside = large[:91, :4, :4] if large.ndim == 3 else large[:91, :4]
        assert (small == inside).all()


def test_a_wrong_count_is_a_bug(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cells, "MOST_EDGES", 5)
    with pytest.raises(CompilerBug, match="cells of 4 nodes"):
        all_cells(4)


def test_a_graph_to_draw():
    edge = torch.zeros(5, 5, dtype=torch.bool)
    edge[0, 1] = edge[1, 2] = edge[0, 2] = edge[2, 4] = True
    drawn = cell_graph(torch.tensor([0, 3, 4, 1, 4]), edge)
    assert dict(drawn.nodes("label")) == {0: "input", 1: "maxpool3x3", 2: "output"}
    assert set(drawn.edges) == {(0, 1), (1, 2), (0, 2)}
    assert len(cell_graph(torch.tensor([0, 1, 1, 1, 1]), edge)) == 5
