"""Fifth stage of drawing: the figure as data, before any notation: nodes in clusters, arrows, caption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scgc.draw.caption import Caption, caption
from scgc.draw.edges import Edge, edges
from scgc.draw.flat import Flat, Path, flatten
from scgc.draw.gradients import along, gradients, terms
from scgc.draw.nodes import Node, call_name, node
from scgc.draw.shown import Shown, show
from scgc.draw.words import greek, sentence
from scgc.ir.graph import Invoke, Places, Program

Stroke = Literal["data", "shortcut", "aside", "pass", "carried", "cut"]
"""The sorts of arrows: data forwards (`aside` to metrics), the residual shortcut, and gradients backwards."""


@dataclass(frozen=True)
class Arrow:
    """An arrow that follows the data from `tail` to `head`; gradients point back. A `free` one has no say in
    where nodes are placed."""

    tail: str
    head: str
    stroke: Stroke
    label: str = ""
    free: bool = False


@dataclass(frozen=True)
class Cluster:
    """An open call: the value it defines (empty where it has no name) and the net."""

    path: Path
    value: str
    net: str
    hint: str


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


def figure(program: Program, depth: int, with_gradients: bool, places: Places | None) -> Figure:
    """The figure of a program with calls opened down to `depth`."""
    flat = flatten(program)
    shown = show(flat, depth)
    found = edges(shown)
    nodes = _nodes(shown, found, places)
    arrows = [_data(shown, e) for e in found]
    back = _backwards(shown, found) if with_gradients else []
    return Figure(
        program.name,
        nodes,
        tuple(_cluster(flat, path) for path in shown.clusters),
        (*arrows, *back),
        caption(program, nodes, tuple(dict.fromkeys(arrow.stroke for arrow in back))),
    )


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
    stroke: Stroke = "aside" if metric else "shortcut" if edge.shortcut else "data"
    label = "" if cost is not None and edge.measure else edge.note  # the cost says it itself
    return Arrow(_end(shown, edge), edge.head, stroke, label)


def _backwards(shown: Shown, found: list[Edge]) -> list[Arrow]:
    """The gradients: along the edges, and from losses straight to the nodes whose estimator adds a term."""
    flow = gradients(shown.flat)
    arrows = [
        Arrow(_end(shown, e), e.head, passage) for e in found for passage in sorted(along(shown, flow, e))
    ]
    return arrows + [Arrow(node, loss, "carried", free=True) for node, loss in terms(shown, flow)]


def _cluster(flat: Flat, path: Path) -> Cluster:
    value = flat.values[".".join(path)]
    assert isinstance(value.statement, Invoke)
    doc = flat.program.net(value.statement.net).doc
    name = "" if value.unnamed else greek(value.local)
    return Cluster(path, name, call_name(value.statement), sentence(doc))
