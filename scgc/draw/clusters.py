"""The clusters of a figure: what stands at the top of an open call, a loop, or one side of a choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scgc.draw.conditions import condition, opposite
from scgc.draw.flat import Box, Flat, Path
from scgc.draw.hints import formula
from scgc.draw.nodes import call_name
from scgc.draw.settings import dimension
from scgc.draw.words import greek, sentence
from scgc.ir.graph import Choice, Invoke, Loop, Propagate


@dataclass(frozen=True)
class Cluster:
    """A box around nodes. `value` is what an open call defines, empty where it has no name; `text` names the
    net, or says over what a loop runs or when a choice is taken; `note` is a second line. `level` counts the
    calls around. colour: of the player that trains the net, where there are several."""

    path: Path
    level: int
    sort: Literal["call", "loop", "choice"]
    value: str
    text: str
    note: str = ""
    hint: str = ""
    colour: str = ""


def cluster(flat: Flat, path: Path) -> Cluster:
    """The cluster of a call, loop or side of a choice."""
    box, level = flat.boxes[path], len(flat.calls(path[:-1]))
    match box.statement:
        case Loop() as loop:
            halt = "" if loop.halt is None else f"halt when {formula(flat, box.region).operand(loop.halt)}"
            return Cluster(path, level, "loop", "", _rounds(flat, box, loop), halt)
        case Choice(test=test):
            return Cluster(
                path, level, "choice", "", f"if {condition(opposite(test) if box.orelse else test)}"
            )
        case Invoke() | Propagate() as call:
            assert box.call is not None
            value = flat.values[box.call]
            net = call_name(call) if isinstance(call, Invoke) else f"propagate {call_name(call)}"
            doc = sentence(flat.program.net(call.net).doc)
            return Cluster(path, level, "call", "" if value.unnamed else greek(value.local), net, hint=doc)


def _rounds(flat: Flat, box: Box, loop: Loop) -> str:
    """`for i in range(1, n)`, `for r in path[:−1]`."""
    if loop.over is not None:
        sequence = formula(flat, box.region[:-1]).operand(loop.over)
        return f"for {greek(loop.item or loop.index)} in {sequence}"
    ends = [loop.start + loop.count] if loop.start.value == 0 else [loop.start, loop.start + loop.count]
    return f"for {greek(loop.index)} in range({', '.join(map(dimension, ends))})"
