"""Whether generated cells of NAS-Bench-101 are valid, and whether they are those that were encoded.

A cell is written node by node until its output, so its nodes are those up to the first output; whatever the
arrays hold beyond is ignored. The five checks are those of the thesis, 6.1.4; the limits of the search space
are not among them, so a valid cell may have more than nine edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.nas101 import INPUT, OUTPUT
from scgc.metrics.declare import Measure

if TYPE_CHECKING:
    from torch import Tensor


def valid_cell(kind: Tensor, edge: Tensor) -> Tensor:
    """Which cells are valid, bool `[...]`, for kinds `[..., n]` and edges from u to v `[..., n, n]`.

    1) The first node is the input and no other is; 2) there is one output; 3) every node but the input has a
    predecessor; 4) every node but the output a successor; 5) there is no cycle.
    """
    import torch

    used, edge = _nodes(kind), _edges(kind, edge)
    place = torch.arange(kind.shape[-1], device=kind.device)
    inputs = (used & ((kind == INPUT) != (place == 0))).logical_not().all(-1)
    ends = (kind == OUTPUT) & used
    entered = edge.any(-2) | (place == 0) | ~used
    left = edge.any(-1) | ends | ~used
    return inputs & (ends.sum(-1) == 1) & entered.all(-1) & left.all(-1) & _acyclic(edge, used)


def same_cell(kind: Tensor, edge: Tensor, kind2: Tensor, edge2: Tensor) -> Tensor:
    """Which cells equal their counterparts node by node, bool `[...]`: same number, kinds and edges.

    Cells that differ in the order of their nodes differ; the order of the data set is one for each cell.
    """
    used, used2 = _nodes(kind), _nodes(kind2)
    nodes = ((used == used2) & (~used | (kind == kind2))).all(-1)
    return nodes & (_edges(kind, edge) == _edges(kind2, edge2)).flatten(-2).all(-1)


def _nodes(kind: Tensor) -> Tensor:
    """Which nodes come before or at the first output, bool `[..., n]`: all where there is none."""
    ends = kind == OUTPUT
    return ends.cumsum(-1) - ends.long() == 0


def _edges(kind: Tensor, edge: Tensor) -> Tensor:
    """The edges among the nodes of a cell."""
    used = _nodes(kind)
    return edge.bool() & used.unsqueeze(-1) & used.unsqueeze(-2)


def _acyclic(edge: Tensor, left: Tensor) -> Tensor:
    """Whether nothing is left after nodes without a predecessor have been taken away again and again."""
    for _ in range(edge.shape[-1]):
        left = left & (edge & left.unsqueeze(-1)).any(-2)
    return ~left.any(-1)


def valid_share(kind: Tensor, edge: Tensor) -> float:
    """The share of valid cells."""
    return float(valid_cell(kind, edge).double().mean())


def same_share(kind: Tensor, edge: Tensor, kind2: Tensor, edge2: Tensor) -> float:
    """The share of cells that equal their counterparts."""
    return float(same_cell(kind, edge, kind2, edge2).double().mean())


MEASURES = (
    Measure(
        "valid_cell(kind : class(k)[n], edge : bool[n, n]) -> real[]",
        doc="The share of cells that pass the five checks of validity: one input, which is the first node; "
        "one output; predecessors and successors for all others; no cycle. Nodes end at the first output.",
        higher_is_better=True,
        compute=valid_share,
        source="thesis 6.1.4, table 6.7",
    ),
    Measure(
        "same_cell(kind : class(k)[n], edge : bool[n, n], kind2 : class(k)[n], edge2 : bool[n, n]) -> real[]",
        doc="The share of cells that equal their counterparts in all nodes and edges up to the output.",
        higher_is_better=True,
        compute=same_share,
        source="thesis 6.1.4, table 6.7",
    ),
)
