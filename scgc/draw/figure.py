"""Fifth stage of drawing: the figure as data, before any notation: nodes in clusters, arrows, caption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scgc.analysis.weighing import weighings
from scgc.draw.caption import Caption, caption
from scgc.draw.clusters import Cluster, cluster
from scgc.draw.edges import Edge, edges
from scgc.draw.flat import Path
from scgc.draw.flatten import flatten
from scgc.draw.gradients import along, gradients, terms
from scgc.draw.hierarchy import drawn_graph
from scgc.draw.nodes import Node, node
from scgc.draw.players import coloured_cluster, coloured_node
from scgc.draw.shown import Shown, show
from scgc.ir.graph import Places, Program

Stroke = Literal["data", "shortcut", "aside", "graph", "round", "pass", "carried", "cut", "credit"]
"""The sorts of arrows: data forwards (`aside` to metrics), the residual shortcut, a sampled graph to the
messages that run along it, what a loop hands to its next round, gradients backwards, and losses to the nodes
that they weigh."""


CREDITS = ("#AA4499", "#D55E00", "#009E73", "#B8860B", "#0072B2", "#555555")
"""Colours of nodes where credit is shown, after Okabe and Ito 2008."""


@dataclass(frozen=True)
class Arrow:
    """An arrow that follows the data from `tail` to `head`; gradients point back. A `free` one has no say in
    where nodes are placed; one `back` runs from the end of a loop's round to the beginning of the next."""

    tail: str
    head: str
    stroke: Stroke
    label: str = ""
    free: bool = False
    back: bool = False
    colour: str = ""


@dataclass(frozen=True)
class Figure:
    """All that is drawn. `nodes` holds each cluster's own ones by its path, () for the top."""

    name: str
    nodes: dict[Path, tuple[Node, ...]]
    clusters: tuple[Cluster, ...]
    arrows: tuple[Arrow, ...]
    caption: Caption

    @property
    def losses(self) -> tuple[Node, ...]:
        return tuple(n for group in self.nodes.values() for n in group if n.kind == "loss")


def figure(
    program: Program, depth: int, with_gradients: bool, places: Places | None, with_credit: bool = False
) -> Figure:
    """The figure of a program with calls opened down to `depth`."""
    flat = flatten(program)
    shown = show(flat, depth)
    found = edges(shown)
    nodes = _nodes(shown, found, places)
    arrows = [_data(shown, e) for e in found]
    back = _backwards(shown, found) if with_gradients else []
    back += _credits(shown) if with_credit else []
    clusters = tuple(coloured_cluster(flat, cluster(flat, path)) for path in shown.clusters)
    nodes = {path: tuple(coloured_node(flat, n) for n in group) for path, group in nodes.items()}
    return Figure(
        program.name,
        nodes,
        clusters,
        (*arrows, *back),
        caption(program, nodes, (line for c in clusters for line in (c.text, c.note)), _told(arrows + back)),
    )


def _credits(shown: Shown) -> list[Arrow]:
    """From each loss to the nodes whose draws it weighs, a colour for each node; by their estimators."""
    flat = shown.flat
    named = {flat.costs[name].name: shown.owners[name] for name in flat.names(flat.program.losses)}
    arrows: dict[tuple[str, str], Arrow] = {}
    for number, weighing in enumerate(weighings(flat.program)):
        colour = CREDITS[number % len(CREDITS)]
        label = weighing.estimator.partition("(")[0]
        if weighing.baseline != "none":
            label += f", {weighing.baseline.replace('_', ' ')}"
        for copy in weighing.copies:
            node = shown.owners.get(copy)
            for loss in weighing.weighed:
                owner = named[loss]
                if node is not None and owner is not None:
                    arrows.setdefault(
                        (node, owner), Arrow(node, owner, "credit", label, free=True, colour=colour)
                    )
    return list(arrows.values())


def _told(arrows: list[Arrow]) -> tuple[Stroke, ...]:
    """The strokes that the caption explains."""
    strokes = dict.fromkeys(arrow.stroke for arrow in arrows)
    return tuple(s for s in strokes if s not in ("data", "shortcut", "aside"))


def _nodes(shown: Shown, found: list[Edge], places: Places | None) -> dict[Path, tuple[Node, ...]]:
    """Every node in its cluster; a parameter stands beside each node that reads it, an input that
    nothing reads is left to the caption."""
    groups: dict[Path, dict[str, Node]] = {path: {} for path in ((), *shown.clusters)}
    read = {e.tail for e in found}
    for name in dict.fromkeys(owner for owner in shown.owners.values() if owner is not None):
        kind = shown.flat.values[name].kind
        if kind == "param" or (kind == "input" and name not in read):
            continue
        groups[shown.region(name)][name] = node(shown, name, places)
    for edge in found:
        if shown.flat.values[edge.tail].kind == "param":
            made = node(shown, edge.tail, places)
            id_ = _end(shown, edge)
            groups[shown.region(edge.head)][id_] = Node(id_, made.kind, made.name, (), made.below, made.hint)
    return {path: tuple(group.values()) for path, group in groups.items()}


def _end(shown: Shown, edge: Edge) -> str:
    """Where an edge begins: a parameter has a copy beside every reader, so that no line is long."""
    if shown.flat.values[edge.tail].kind != "param":
        return edge.tail
    return ".".join((*shown.region(edge.head), edge.head, edge.tail))


def _data(shown: Shown, edge: Edge) -> Arrow:
    cost = shown.flat.costs.get(edge.head)
    metric = cost is not None and cost in shown.flat.program.metrics
    inner = edge.note == "along" and drawn_graph(shown.flat, edge.tail)
    stroke: Stroke = "aside" if metric else "shortcut" if edge.shortcut else "graph" if inner else "data"
    label = "" if cost is not None and edge.measure else edge.note  # the cost says it itself
    return Arrow(_end(shown, edge), edge.head, "round" if edge.back else stroke, label, back=edge.back)


def _backwards(shown: Shown, found: list[Edge]) -> list[Arrow]:
    """The gradients: along the edges, and from losses straight to the nodes whose estimator adds a term."""
    flow = gradients(shown.flat)
    arrows = [
        Arrow(_end(shown, e), e.head, passage, back=e.back)
        for e in found
        for passage in sorted(along(shown, flow, e))
    ]
    return arrows + [Arrow(node, loss, "carried", free=True) for node, loss in terms(shown, flow)]
