"""Beside the figure of a program: one graph that it has drawn, such as a parse tree or a cell.

A graph is networkx's, each node with its `label`; blue because it is random, as stochastic nodes are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scgc.draw.labels import plain, table, typed
from scgc.draw.look import BLUE, FAINT, FONT, INK, NAME, RED, SOFT, TITLE
from scgc.draw.render import render

if TYPE_CHECKING:
    import networkx as nx
    from graphviz import Digraph

_NODE = {
    "shape": "box",
    "style": "filled,rounded",
    "fillcolor": "#e2effc",
    "color": BLUE,
    "penwidth": "1.3",
    "margin": "0.09,0.04",
    "height": "0.32",
    "width": "0.4",
    "fontname": FONT,
    "fontsize": f"{NAME:g}",
    "fontcolor": INK,
}
_EDGE = {"color": BLUE, "penwidth": "1.2", "arrowsize": "0.6"}
_WRONG = {"color": RED, "style": "bold"}
_MISSING = {"color": FAINT, "style": "dotted", "penwidth": "1.5", "constraint": "false", "arrowhead": "vee"}


def draw_graph(graph: nx.DiGraph, path: str | Path, title: str = "", truth: nx.DiGraph | None = None) -> Path:
    """Write the picture of a graph in the format that the file's ending names, and return the file.

    title: a line below. truth: another graph of the same nodes; edges that it lacks are red, and those of its
    edges that `graph` lacks dotted. Raises what `render` does.
    """
    return render(graph_dot(graph, title, truth), path)


def graph_dot(graph: nx.DiGraph, title: str = "", truth: nx.DiGraph | None = None) -> str:
    """A graph in DOT notation. A tree's edges lead to parents: these stand above, their children from left to
    right in the order of the graph. Else edges run from left to right."""
    from graphviz import Digraph

    upwards = is_tree(graph)
    page = {
        "rankdir": "BT" if upwards else "LR",
        "ordering": "in" if upwards else "",
        "nodesep": "0.22",
        "ranksep": "0.35" if upwards else "0.45",
        "pad": "0.15",
        "fontname": FONT,
        "label": table(['<TD HEIGHT="5"></TD>', f"<TD>{typed(title, TITLE, SOFT)}</TD>"]) if title else "",
        "tooltip": " ",
    }
    drawing = Digraph(graph_attr=page, node_attr=_NODE, edge_attr=_EDGE)
    names = {node: f"n{place}" for place, node in enumerate(graph)}
    for node, name in names.items():
        drawing.node(name, label=plain(str(graph.nodes[node].get("label", node))), tooltip=" ")
    for tail, head in graph.edges:
        wrong = truth is not None and not truth.has_edge(tail, head)
        drawing.edge(names[tail], names[head], **(_WRONG if wrong else {}))
    _add_missing(drawing, graph, truth, names)
    return str(drawing.source)


def is_tree(graph: nx.DiGraph) -> bool:
    """Whether every node has at most one parent and some has several children; as draws may, a circle
    counts."""
    leaving, entering = (dict(degrees).values() for degrees in (graph.out_degree(), graph.in_degree()))
    return max(leaving, default=0) <= 1 < max(entering, default=0)


def _add_missing(
    drawing: Digraph, graph: nx.DiGraph, truth: nx.DiGraph | None, names: dict[object, str]
) -> None:
    for tail, head in truth.edges if truth is not None else ():
        if not graph.has_edge(tail, head) and tail in names and head in names:
            drawing.edge(names[tail], names[head], **_MISSING)
