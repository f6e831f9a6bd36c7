"""Drawing: the IR as a figure after the thesis's figures 2.1 to 2.4, first as DOT text, then rendered."""

from scgc.draw.dot import dot
from scgc.draw.inner import draw_graph
from scgc.draw.render import FORMATS, render

__all__ = ["FORMATS", "dot", "draw_graph", "render"]
