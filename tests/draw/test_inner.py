"""Pictures of single graphs: what networkx holds is what the picture shows."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest

from scgc.diagnostics.base import ProgramError
from scgc.draw.inner import draw_graph, graph_dot, is_tree


def tree() -> nx.DiGraph:
    """The parse of [MAX 2 9 ]."""
    graph = nx.DiGraph()
    graph.add_nodes_from((place, {"label": word}) for place, word in enumerate(["[MAX", "2", "9", "]"]))
    graph.add_edges_from([(1, 0), (2, 0), (3, 0)])
    return graph


def drawn(graph: nx.DiGraph, folder: Path, truth: nx.DiGraph | None = None) -> dict[str, list[str]]:
    """The texts of an SVG's nodes, and the titles of its edges with their colours."""
    space = "{http://www.w3.org/2000/svg}"
    root = ElementTree.parse(draw_graph(graph, folder / "graph.svg", "what it is", truth)).getroot()
    found: dict[str, list[str]] = {"node": [], "edge": []}
    for group in root.iter(f"{space}g"):
        match group.get("class"):
            case "node":
                found["node"] += [t.text or "" for t in group.iter(f"{space}text")]
            case "edge":
                (line,) = (p.get("stroke") or "" for p in group.iter(f"{space}path"))
                found["edge"].append(f"{group.findtext(f'{space}title')} {line}")
    assert "what it is" in "".join(root.itertext())
    return found


def test_every_node_with_its_label_and_every_edge(tmp_path: Path) -> None:
    found = drawn(tree(), tmp_path)
    assert found["node"] == ["[MAX", "2", "9", "]"]
    assert [edge.split()[0] for edge in found["edge"]] == ["n1->n0", "n2->n0", "n3->n0"]


def test_wrong_edges_are_red_and_missing_ones_pale(tmp_path: Path) -> None:
    sampled = tree()
    sampled.remove_edge(2, 0)
    sampled.add_edge(2, 1)
    found = dict(edge.split() for edge in drawn(sampled, tmp_path, tree())["edge"])
    assert len(found) == 4
    assert len({found["n1->n0"], found["n2->n1"], found["n2->n0"]}) == 3
    assert found["n1->n0"] == found["n3->n0"]


def test_trees_stand_on_their_leaves_others_run_to_the_right() -> None:
    path = nx.DiGraph([("input", "conv"), ("conv", "output")])
    cell = nx.DiGraph([("input", "conv"), ("conv", "output"), ("input", "output")])
    assert is_tree(tree())
    assert "rankdir=BT" in graph_dot(tree())
    assert not is_tree(path)
    assert not is_tree(cell)
    assert not is_tree(nx.DiGraph())
    assert "rankdir=LR" in graph_dot(cell)


def test_nodes_without_a_label_show_their_name_and_no_text_breaks_it(tmp_path: Path) -> None:
    graph = nx.DiGraph()
    graph.add_node("a:b", label=r'<b>"\N" & {x|y}')
    graph.add_edge("a:b", "plain")
    graph.add_edge("plain", "plain")
    found = drawn(graph, tmp_path)
    assert found["node"] == [r'<b>"\N" & {x|y}', "plain"]
    assert len(found["edge"]) == 2


def test_unknown_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProgramError):
        draw_graph(tree(), tmp_path / "graph.jpg")
