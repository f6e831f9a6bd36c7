"""The cells of NAS-Bench-101 (Ying et al. 2019; thesis 6.1.4), by themselves or with their accuracies.

The cells are enumerated in less time than reading them from a file would take, so nothing is downloaded and
nothing kept. Accuracies are read from the official file by those who have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import Request
from scgc.declared import COUNT, Range

if TYPE_CHECKING:
    from scgc.data.columns import Loaded

KINDS = ("input", "conv3x3", "conv1x1", "maxpool3x3", "output")
"""What a node can be, by the number of its class."""

INPUT, OUTPUT = 0, len(KINDS) - 1

FIELDS = {"kind": "class(5)[max_nodes]", "edge": "bool[max_nodes, max_nodes]", "used": "bool[max_nodes]"}
OPTIONS = "split : number = 0.9, limit : dim = none, seed : dim = 0, max_nodes : dim = 7"
LIMITS = {
    "split": Range(0, 1, open=True),
    "limit": Range(2),
    "seed": COUNT,
    "max_nodes": Range(3, 7),  # with two nodes there is one cell only, which cannot be split
}
SOURCE = "Ying et al. 2019, NAS-Bench-101"


def read(request: Request) -> Loaded:
    """Every cell of at most `max_nodes` nodes: a share `split` of them to train on, the others to test."""
    from scgc.data.architectures import enumerate_cells

    return enumerate_cells(request)


def read_accuracies(request: Request) -> Loaded:
    """The cells of an official file, with what they reached."""
    from scgc.data.architectures import read_trained_cells

    return read_trained_cells(request)


DATA = (
    DataSet(
        f"nas101({OPTIONS})",
        fields=FIELDS,
        doc="All 423,624 cells of NAS-Bench-101, or `limit` of them: operations and edges of small networks. "
        f"The kinds are {', '.join(KINDS)}; `edge[u, v]` goes from u to v, and u < v; the output is the last "
        "node in use, and what follows it has kind 0 and no edges.",
        categories={"kind": KINDS},
        source=f"{SOURCE}; enumerated",
        licence="none needed",
        read=read,
        limits=LIMITS,
    ),
    DataSet(
        f"nas101_accuracies(file : text, {OPTIONS})",
        fields={**FIELDS, "accuracy": "real[]", "validation_accuracy": "real[]"},
        doc="The cells in `nasbench_only108.tfrecord`, with test and validation accuracy on CIFAR-10 after "
        "108 epochs, on average over the runs of a cell.",
        source=f"{SOURCE}; github.com/google-research/nasbench",
        licence="Apache-2.0",
        read=read_accuracies,
        limits=LIMITS,
    ),
)
