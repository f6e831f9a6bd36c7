"""A drawn graph inside of the node that drew it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest

from scgc.draw import dot, render
from scgc.ir.graph import Program

Compile = Callable[[str], Program]

SVG = "{http://www.w3.org/2000/svg}"


def parse() -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(4))
    graph.add_edges_from([(1, 0), (2, 0), (3, 2)])
    nx.set_node_attributes(graph, {0: "[MAX", 1: "7", 2: "[MIN", 3: "<4>"}, "label")
    return graph


def groups(program: Program, inner: dict[str, nx.DiGraph], folder: Path) -> dict[str, list[str]]:
    """The titles of the clusters, nodes and edges of an SVG."""
    text = dot(program, 1, True, None, inner)
    root = ElementTree.parse(render(text, folder / "figure.svg")).getroot()
    found: dict[str, list[str]] = {"graph": [], "cluster": [], "node": [], "edge": []}
    for group in root.iter(f"{SVG}g"):
        if group.get("class") in found:
            found[group.get("class", "")].append(group.findtext(f"{SVG}title") or "")
    assert {"[MAX", "<4>", "tree"} <= set(root.itertext()) or not inner
    return found


def test_a_graph_takes_the_place_of_its_node(compiled: Compile, tree: str, tmp_path: Path) -> None:
    found = groups(compiled(tree), {"tree": parse()}, tmp_path)
    assert "cluster_tree inside" in found["cluster"]
    assert "tree" not in found["node"]
    inside = {"tree 0", "tree 1", "tree 2", "tree 3"}
    assert inside <= set(found["node"])
    within = [e for e in found["edge"] if e.startswith("tree ") and e.partition("->")[2] in inside]
    assert sorted(within) == ["tree 1->tree 0", "tree 2->tree 0", "tree 3->tree 2"]


def test_arrows_enter_far_from_the_end_and_leave_from_it(
    compiled: Compile, tree: str, tmp_path: Path
) -> None:
    program = compiled(tree)
    found, bare = (groups(program, inner, tmp_path)["edge"] for inner in ({"tree": parse()}, {}))
    expected = []
    for edge in bare:
        tail, _, head = edge.partition("->")
        expected.append(f"{'tree 0' if tail == 'tree' else tail}->{'tree 3' if head == 'tree' else head}")
    between = [e for e in found if not all(end.startswith("tree ") for end in e.split("->"))]
    assert sorted(between) == sorted(expected)
    assert 'lhead="cluster_tree inside"' in dot(program, inner={"tree": parse()})


@pytest.mark.parametrize("graph", [nx.DiGraph(), nx.DiGraph([(0, 1), (1, 0)]), nx.DiGraph([(0, 0)])])
def test_draws_need_not_be_trees(compiled: Compile, tree: str, graph: nx.DiGraph, tmp_path: Path) -> None:
    text = dot(compiled(tree), inner={"tree": graph})
    root = ElementTree.parse(render(text, tmp_path / "figure.svg")).getroot()
    nodes = [g.findtext(f"{SVG}title") for g in root.iter(f"{SVG}g") if g.get("class") == "node"]
    assert ("tree" in nodes) == (len(graph) == 0), "a graph without nodes leaves the node as it is"
