"""Last stage of drawing: the figure as DOT text. Pure: nothing is run or written here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scgc.draw.clusters import Cluster
from scgc.draw.figure import Arrow, Figure, figure
from scgc.draw.flat import Path
from scgc.draw.hierarchical import add_inside, ends
from scgc.draw.labels import around, aside, below_figure, beside, inside, title
from scgc.draw.look import ARROWS, BOXES, FAINT, FONT, FRAMES, INK, NAME, NODES, SMALL, SOFT, Look, inches
from scgc.draw.nodes import Node
from scgc.draw.words import identifier, width
from scgc.ir.graph import Places, Program

if TYPE_CHECKING:
    import networkx as nx
    from graphviz import Digraph


def dot(
    program: Program,
    depth: int = 1,
    gradients: bool = False,
    places: Places | None = None,
    inner: Mapping[str, nx.DiGraph] | None = None,
    credit: bool = False,
) -> str:
    """The figure of a program in Graphviz's DOT notation.

    depth: how many levels of net calls are opened into clusters; 0 draws every call as one node.
    gradients: also show how gradients run back from the losses, where an estimator carries them (dashed) and
        where they stop.
    places: where values stand in the text, for hints that show the program's own lines.
    inner: graphs to show inside of stochastic nodes by their dotted names, such as one draw of each; every
        node of a graph has a `label`. Empty graphs are left out.
    credit: also show which losses weigh the draws of which stochastic node, a colour for each node.
    """
    from graphviz import Digraph

    drawn = figure(program, depth, gradients, places, credit)
    graph = Digraph(
        name=_safe(program.name),
        graph_attr=_page(drawn),
        node_attr=_NODE,
        edge_attr=_edge(gradients or credit),
    )
    held = {name: held for name, held in (inner or {}).items() if len(held)}
    if held:
        graph.attr(compound="true")
    _fill(graph, drawn, (), held)
    if len(drawn.losses) > 1:
        with graph.subgraph(graph_attr={"rank": "same"}) as column:
            for loss in drawn.losses:
                column.node(identifier(loss.id))
    for arrow in drawn.arrows:
        order = (arrow.head, arrow.tail) if arrow.back else (arrow.tail, arrow.head)
        tail, head, cut = ends(*order, held)
        graph.edge(identifier(tail), identifier(head), **_stroke(arrow, gradients or credit), **cut)
    return str(graph.source)


_OUTLINE = 12
"""How much higher a diamond becomes by a second outline, in points."""

_NODE = {"fontname": FONT, "fontsize": f"{NAME:g}", "fontcolor": INK}


def _page(drawn: Figure) -> dict[str, str]:
    return {
        "rankdir": "LR",
        "fontname": FONT,
        "nodesep": "0.22",
        "ranksep": "0.5",
        "pad": "0.15",
        "label": below_figure(drawn.caption),
        "labelloc": "b",
        "labeljust": "l",
        "tooltip": " ",
        "splines": "spline",
    }


def _edge(gradients: bool) -> dict[str, str]:
    """Data steps back where gradients or credit are the subject."""
    return {
        "fontname": FONT,
        "fontsize": f"{SMALL:g}",
        "fontcolor": SOFT,
        "color": FAINT if gradients else INK,
        "penwidth": "0.9",
        "arrowsize": "0.6",
    }


def _safe(text: str) -> str:
    return text.replace("\\", "\\\\")


def _fill(graph: Digraph, drawn: Figure, path: Path, inner: Mapping[str, nx.DiGraph]) -> None:
    """The nodes of a cluster and the clusters in it."""
    for node in drawn.nodes[path]:
        if node.id in inner:
            add_inside(graph, node, inner[node.id], _safe(node.hint) or " ")
        else:
            graph.node(identifier(node.id), **_node(node))
    for cluster in drawn.clusters:
        if cluster.path[:-1] == path:
            with graph.subgraph(name="cluster_" + ".".join(cluster.path)) as part:
                part.attr(**_frame(cluster))
                _fill(part, drawn, cluster.path, inner)


def _frame(cluster: Cluster) -> dict[str, str]:
    """Calls in calls alternate their shade."""
    shade = {"fillcolor": "#eaecf0" if cluster.level % 2 else "#f5f6f8"}
    return {
        "label": title(cluster),
        "labelloc": "t",
        "labeljust": "l",
        "style": "rounded,filled",
        "color": FAINT,
        "penwidth": "0.8",
        "margin": "10",
        "tooltip": _safe(cluster.hint) or " ",
        **(shade if cluster.sort == "call" else FRAMES[cluster.sort]),
        **({"color": cluster.colour, "penwidth": "1.4"} if cluster.colour else {}),
    }


def _node(node: Node) -> dict[str, str]:
    look = NODES[node.kind]
    attributes = {
        "shape": look.shape,
        "style": look.style,
        "fillcolor": look.fill,
        "color": look.line,
        "penwidth": f"{look.pen:g}",
        "tooltip": _safe(node.hint) or " ",
    }
    if node.colour and node.kind == "loss":
        attributes |= {"fillcolor": node.colour, "color": node.colour}
    elif node.colour:
        attributes["color"] = node.colour
    if look.outlines > 1:
        attributes["peripheries"] = str(look.outlines)
    if look.sizes:
        return attributes | _shape(node, look)
    return attributes | BOXES[node.kind] | {"label": _box_label(node)}


def _box_label(node: Node) -> str:
    if node.kind == "metric":
        return aside(node)
    return inside(node, "white", "#d5d8dd") if node.kind == "loss" else inside(node)


def _shape(node: Node, look: Look) -> dict[str, str]:
    """The label and size of a diamond or circle."""
    fitting = [size for size in look.sizes if size >= width(node.name, NAME) + look.room]
    size = fitting[0] if fitting else look.sizes[0]
    return {
        "label": around(node, size + _OUTLINE * (look.outlines - 1), outside=not fitting),
        "fixedsize": "shape",
        "width": inches(size),
        "height": inches(size),
        "margin": "0",
    }


def _stroke(arrow: Arrow, gradients: bool) -> dict[str, str]:
    attributes = dict(ARROWS[arrow.stroke])
    if gradients and arrow.stroke == "round":
        attributes["color"] = FAINT
    if arrow.back:  # drawn from the earlier end, so that the order of the figure stays that of a round
        attributes["dir"] = "forward" if attributes.get("dir") == "back" else "back"
    if arrow.colour:
        attributes["color"] = arrow.colour
    if arrow.label:
        attributes["label"] = beside(arrow.label, arrow.colour or SOFT)
    if arrow.free:
        attributes["constraint"] = "false"
    return attributes
