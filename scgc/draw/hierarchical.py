"""A graph that a stochastic node drew, inside of that node: a hierarchical figure, as the thesis's 2.4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scgc.draw.labels import heading, plain
from scgc.draw.look import BLUE, NODES, SMALL
from scgc.draw.nodes import Node
from scgc.draw.words import identifier

if TYPE_CHECKING:
    import networkx as nx
    from graphviz import Digraph

_INSIDE = {
    "shape": "box",
    "style": "filled,rounded",
    "fillcolor": "white",
    "color": BLUE,
    "penwidth": "0.9",
    "margin": "0.05,0.02",
    "height": "0.22",
    "width": "0.26",
    "fontsize": f"{SMALL:g}",
    "tooltip": " ",
}
_EDGE = {"color": BLUE, "penwidth": "0.8", "arrowsize": "0.45", "weight": "3"}


def add_inside(drawing: Digraph, node: Node, inner: nx.DiGraph, hint: str) -> None:
    """A cluster in the place of a node, with a graph in it whose edges run to the right; what stands above
    what in it is Graphviz's choice. `hint` is safe for DOT."""
    look = NODES[node.kind]
    frame = {
        "label": heading(node),
        "labelloc": "t",
        "labeljust": "c",
        "style": "rounded,filled",
        "fillcolor": look.fill,
        "color": look.line,
        "penwidth": f"{look.pen:g}",
        "margin": "12",
        "tooltip": hint,
    }
    with drawing.subgraph(name=_cluster(node.id), graph_attr=frame, node_attr=_INSIDE) as part:
        for place in inner:
            part.node(_name(node.id, inner, place), label=plain(str(inner.nodes[place].get("label", place))))
        for tail, head in inner.edges:
            part.edge(_name(node.id, inner, tail), _name(node.id, inner, head), **_EDGE)


def _levels(inner: nx.DiGraph) -> list[list[object]]:
    """The nodes by how far they are from where their edges lead; one level where edges go in circles."""
    from networkx import is_directed_acyclic_graph, reverse_view, topological_generations

    if not is_directed_acyclic_graph(inner):
        return [list(inner)]
    levels = [set(level) for level in topological_generations(reverse_view(inner))]
    return [[place for place in inner if place in level] for level in levels]


def ends(tail: str, head: str, inner: Mapping[str, nx.DiGraph]) -> tuple[str, str, dict[str, str]]:
    """Between which nodes an arrow runs, and what cuts it at the frame of a graph: into one of the nodes
    that are farthest from its end, out of its end."""
    cut: dict[str, str] = {}
    if tail in inner:
        cut["ltail"] = _cluster(tail)
        tail = _name(tail, inner[tail], _levels(inner[tail])[0][0])
    if head in inner:
        first = _levels(inner[head])[-1]
        cut["lhead"] = _cluster(head)
        head = _name(head, inner[head], first[len(first) // 2])
    return tail, head, cut


def _cluster(node: str) -> str:
    return f"cluster_{node} inside"


def _name(node: str, inner: nx.DiGraph, place: object) -> str:
    return identifier(f"{node} {list(inner).index(place)}")
