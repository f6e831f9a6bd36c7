"""Who trains what, in a figure: each player has a colour, that of its losses and of the nets and params under
it, and a line of the caption."""

from __future__ import annotations

from dataclasses import replace

from scgc.draw.clusters import Cluster
from scgc.draw.flat import Flat
from scgc.draw.nodes import Node
from scgc.draw.words import greek
from scgc.ir.graph import Invoke, Player, Program, Propagate

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#B8860B", "#555555")
"""After Okabe and Ito 2008."""


def players(program: Program) -> tuple[Player, ...]:
    """Several players; none where one trains everything."""
    return program.train.players if program.train is not None and len(program.train.players) > 1 else ()


def coloured_node(flat: Flat, node: Node) -> Node:
    """A node in the colour of the first player that minimises it, or that trains what it calls or is."""
    for number, player in enumerate(players(flat.program)):
        cost, statement = (
            flat.costs.get(node.id),
            flat.values[node.id].statement if node.id in flat.values else None,
        )
        called = isinstance(statement, Invoke | Propagate) and statement.net.split("/")[0] in player.nets
        param = node.kind == "param" and node.id.split(".")[-1] in player.params
        if called or param or (cost is not None and node.kind == "loss" and cost.name in player.losses):
            return replace(node, colour=COLOURS[number % len(COLOURS)])
    return node


def coloured_cluster(flat: Flat, cluster: Cluster) -> Cluster:
    """The box of a call in the colour of the player that trains its net."""
    statement = flat.boxes[cluster.path].statement
    for number, player in enumerate(players(flat.program)):
        if isinstance(statement, Invoke | Propagate) and statement.net.split("/")[0] in player.nets:
            return replace(cluster, colour=COLOURS[number % len(COLOURS)])
    return cluster


def told(program: Program) -> list[str]:
    """`encode, decode minimise recon + fool`: a line for each player."""
    return [_told(player) for player in players(program)]


def _told(player: Player) -> str:
    losses = " + ".join(map(greek, player.losses))
    parts = ", ".join(map(greek, (*player.nets, *player.params, *player.layers, *player.nodes)))
    times = f", {player.times} times a step" if player.times > 1 else ""
    return f"{parts} minimise{'s' if ',' not in parts else ''} {losses}{times}"
