"""Graphs that programs have drawn, as networkx holds them."""

from pathlib import Path

import networkx as nx
import torch

from scgc.draw.sampled import Drawn
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.sampling import sample

LISTOPS = {"data.per_depth": "20", "data.held_out": "20"}


def drawn(
    name: str, variant: str | None, settings: dict[str, str], n: int, free: tuple[str, ...] = ()
) -> Drawn:
    text = (Path(__file__).parents[2] / "programs" / f"{name}.scg").read_text(encoding="utf-8")
    compilation = Compilation(Source(name, text), variant, settings)
    return sample(Compiled.of(compilation), Wishes(), n, free=free).drawn


def test_parse_trees_have_words_and_no_edge_from_the_root() -> None:
    found = drawn("listops", "ground_truth", LISTOPS, 6)
    assert found.graphs() == ["tree"]
    for i in range(6):
        graph, length = found.graph("tree", i), int(found.lengths["n"][i])
        assert sorted(graph) == list(range(length))
        assert nx.is_arborescence(graph.reverse()) and graph.out_degree(0) == 0
        parents = found.values["parent"][i].tolist()
        assert all(parents[place] == parent for place, parent in graph.edges)
        words = [graph.nodes[place]["label"] for place in range(length)]
        assert words[0].startswith("[") and words[-1] == "]"


def test_the_truth_is_that_of_the_data() -> None:
    found = drawn("listops", None, LISTOPS, 4)
    told = drawn("listops", "ground_truth", LISTOPS, 4)
    for i in range(4):
        truth = found.truth("tree", i)
        assert truth is not None and set(truth.edges) == set(told.graph("tree", i).edges)
    assert any(set(found.graph("tree", i).edges) != set(told.graph("tree", i).edges) for i in range(4))


def test_generated_cells_have_kinds_and_no_unused_nodes() -> None:
    torch.manual_seed(0)
    small = {"V": "4", "dn": "8", "dg": "4"}
    found = drawn("vsgae", None, small, 8, free=("z", "k", "link"))
    assert found.graphs() == ["edges"]
    graphs = [found.graph("edges", i) for i in range(8)]
    assert any(graphs) and all(found.truth("edges", i) is None for i in range(8))
    for graph, kinds in zip(graphs, found.values["kinds_made"].tolist(), strict=True):
        assert all(u < v for u, v in graph.edges) and not list(nx.isolates(graph))
        assert [graph.nodes[v]["label"] for v in graph] == [
            ("input", "conv3x3", "conv1x1", "maxpool3x3", "output")[kinds[v]] for v in graph
        ]
