"""The look of a figure: shapes, colours and sizes, one entry for each sort of node and arrow.

After the thesis's figures 2.1 to 2.4: boxes for inputs, diamonds for deterministic nodes, blue circles for
stochastic ones, shaded if observed. Each sort also differs in shape or line, so that nothing is lost in black
and white. Sizes in points; `inches` is what Graphviz wants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scgc.draw.figure import Stroke
from scgc.draw.nodes import Kind

FONT = "Helvetica"
NAME, SMALL, TITLE = 12.0, 9.0, 11.0
"""Sizes of type: names in nodes, the lines beside them, the titles of clusters."""
LINE = 11
"""Height of a small line."""

INK, SOFT, FAINT = "#1a1a1a", "#5f6670", "#a3a9b3"
BLUE, RED = "#0b5fa5", "#cc2936"
"""Blue is for what is random, red for gradients."""


@dataclass(frozen=True)
class Look:
    """A node's shape. A diamond or circle has one of a few `sizes`, the smallest that leaves `room` around
    the name; a name that is too wide for all stands below the shape."""

    shape: str
    fill: str
    line: str = INK
    pen: float = 1.1
    style: str = "filled"
    sizes: tuple[float, ...] = ()
    room: float = 0
    outlines: int = 1


NODES: dict[Kind, Look] = {
    "value": Look("diamond", "white", sizes=(36, 46, 58, 70), room=17),
    "argument": Look("diamond", "white", pen=0.9, sizes=(30, 46, 58), room=16),
    "call": Look("diamond", "white", pen=1.9, sizes=(36, 46, 58, 70), room=17),
    "component": Look("diamond", "#e2effc", line=BLUE, pen=1.9, sizes=(36, 46, 58, 70), room=17),
    "messages": Look("diamond", "white", pen=1.1, sizes=(36, 46, 58, 70), room=17, outlines=2),
    "sample": Look("circle", "#cde4f9", line=BLUE, pen=1.5, sizes=(42, 52), room=9),
    "observed": Look("circle", "#9ea6b1", line=BLUE, pen=1.5, sizes=(42, 52), room=9),
    "param": Look("box", "#e9e9e9", line=SOFT, pen=0.8),
    "input": Look("box", "white"),
    "optional": Look("box", "white", style="filled,dashed"),
    "loss": Look("box", "#2b2f36", style="filled,rounded"),
    "metric": Look("plaintext", "none", style=""),
}

_BOX = {"margin": "0.09,0.05", "height": "0.4"}
BOXES: dict[Kind, dict[str, str]] = {
    "input": _BOX,
    "optional": _BOX,
    "loss": _BOX,
    "param": {"margin": "0.06,0.03", "height": "0.24", "width": "0.24"},
    "metric": {"margin": "0.03,0.02", "height": "0.2", "width": "0.2"},
}
"""The room in shapes that grow with their text, in inches."""

ARROWS: dict[Stroke, dict[str, str]] = {
    "data": {},
    "shortcut": {"style": "dashed", "weight": "4"},
    "aside": {"style": "dotted", "color": SOFT, "arrowhead": "vee", "arrowsize": "0.5"},
    "graph": {"style": "dashed", "color": BLUE, "penwidth": "1.6", "arrowsize": "0.7"},
    "round": {"color": SOFT, "weight": "0", "arrowtail": "vee", "arrowhead": "vee", "penwidth": "1.2"},
    "pass": {"dir": "back", "weight": "0", "color": RED, "penwidth": "1.3"},
    "carried": {"dir": "back", "weight": "0", "color": RED, "penwidth": "1.3", "style": "dashed"},
    "credit": {"dir": "back", "weight": "0", "penwidth": "1.4", "style": "dashed", "arrowtail": "vee"},
    "cut": {
        "dir": "back",
        "weight": "0",
        "color": FAINT,
        "arrowtail": "tee",
        "penwidth": "1.1",
        "arrowsize": "0.9",
    },
}

FRAMES: dict[Literal["loop", "choice"], dict[str, str]] = {
    "loop": {"fillcolor": "#fffdf6", "color": INK, "penwidth": "1.2"},
    "choice": {"style": "rounded,dashed", "color": SOFT},
}
"""Loops have a firm frame, choices one with gaps."""


def inches(points: float) -> str:
    return f"{points / 72:.3f}"
