"""Validity and sameness of generated cells, on cells that break one check each."""

import networkx as nx
import pytest
import torch
from torch import Tensor

from scgc.data.cells import cell_graph
from scgc.metrics import measures
from scgc.metrics.cells import same_cell, valid_cell

CHAIN = ((0, 1), (1, 2), (2, 3))
KINDS = (0, 1, 2, 4)


def cell(kinds: tuple[int, ...], edges: tuple[tuple[int, int], ...], width: int = 7) -> tuple[Tensor, Tensor]:
    kind = torch.zeros(width, dtype=torch.int64)
    kind[: len(kinds)] = torch.tensor(kinds)
    edge = torch.zeros(width, width, dtype=torch.bool)
    for u, v in edges:
        edge[u, v] = True
    return kind, edge


@pytest.mark.parametrize(
    ("kinds", "edges", "valid"),
    [
        (KINDS, CHAIN, True),
        ((0, 4), ((0, 1),), True),
        ((0, 4), (), False),  # neither is tied to the other
        ((1, 1, 2, 4), CHAIN, False),  # 1: another first node
        ((0, 1, 0, 4), CHAIN, False),  # 1: two inputs
        ((4, 1, 2, 4), CHAIN, False),  # 1: the output at once
        ((0, 1, 2, 3, 1, 1, 1), (*CHAIN, (3, 4), (4, 5), (5, 6)), False),  # 2: no output
        (KINDS, ((0, 1), (1, 3), (2, 3)), False),  # 3: node 2 follows nothing
        (KINDS, ((0, 1), (0, 2), (2, 3)), False),  # 4: nothing follows node 1
        (KINDS, (*CHAIN, (2, 1)), False),  # 5: a cycle
        (KINDS, (*CHAIN, (1, 1)), False),  # 5: a node that follows itself
        (KINDS, (*CHAIN, (3, 0)), False),  # 5: back to the input
        ((*KINDS, 0, 1, 4), (*CHAIN, (4, 4), (1, 5), (3, 6)), True),  # beyond the output nothing counts
        (KINDS, ((0, 1), (1, 2), (0, 3), (2, 4)), False),  # 4: what follows node 2 lies beyond the output
        ((0, 1, 1, 1, 1, 1, 4), tuple((u, v) for u in range(7) for v in range(u + 1, 7)), True),  # 21 edges
    ],
)
def test_each_check(kinds: tuple[int, ...], edges: tuple[tuple[int, int], ...], valid: bool):
    assert bool(valid_cell(*cell(kinds, edges))) is valid


def test_against_the_definition_on_graphs():
    """Random cells, about half of them valid, through networkx."""
    random = torch.Generator().manual_seed(0)
    kind = torch.randint(1, 5, (3000, 5), generator=random)
    kind[:, 0] = torch.where(torch.rand(3000, generator=random) < 0.9, 0, kind[:, 0])
    edge = torch.rand(3000, 5, 5, generator=random) < 0.7
    edge = edge & (torch.ones(5, 5).triu(1).bool() | (torch.rand(3000, 5, 5, generator=random) < 0.02))

    def valid(kind: Tensor, edge: Tensor) -> bool:
        graph = cell_graph(kind, edge)
        labels = [label for _, label in graph.nodes("label")]
        sources = {n for n, degree in graph.in_degree if degree == 0}
        sinks = {n for n, degree in graph.out_degree if degree == 0}
        ends = {n for n, label in graph.nodes("label") if label == "output"}
        return (
            [n for n, label in enumerate(labels) if label == "input"] == [0]
            and (sources, len(ends), sinks) == ({0}, 1, ends)
            and nx.is_directed_acyclic_graph(graph)
        )

    expected = torch.tensor([valid(k, e) for k, e in zip(kind, edge, strict=True)])
    assert 300 < expected.sum() < 2700
    assert torch.equal(valid_cell(kind, edge), expected)
    # any axes in front, draws that are numbers
    draws = valid_cell(kind.reshape(3, 1000, 5), edge.reshape(3, 1000, 5, 5).float())
    assert torch.equal(draws.flatten(), expected)


def test_the_same_cell():
    one = cell(KINDS, CHAIN)
    assert bool(same_cell(*one, *one))
    assert bool(same_cell(*one, *cell((*KINDS, 1, 4), (*CHAIN, (1, 5)))))  # beyond the output
    assert not bool(same_cell(*one, *cell((0, 1, 3, 4), CHAIN)))
    assert not bool(same_cell(*one, *cell(KINDS, (*CHAIN, (0, 3)))))
    assert not bool(same_cell(*one, *cell((0, 1, 2), CHAIN)))
    assert not bool(same_cell(*one, *cell((0, 1, 2, 1, 4), (*CHAIN, (3, 4)))))
    swapped = cell((0, 2, 1, 4), ((0, 2), (2, 1), (1, 3)))
    assert not bool(same_cell(*one, *swapped))  # isomorphic, in another order


def test_shares_of_a_data_set():
    good, bad = cell(KINDS, CHAIN), cell(KINDS, CHAIN[:2])
    kind, edge = (torch.stack(parts) for parts in zip(good, good, good, bad, strict=True))
    assert measures()["valid_cell"].compute(kind, edge) == 0.75
    assert (
        measures()["same_cell"].compute(
            kind, edge, *(good[i].expand_as(t) for i, t in enumerate((kind, edge)))
        )
        == 0.75
    )
