"""The drawing of a run's program for a page: SVG whose nodes say which they are."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from scgc.draw import dot
from scgc.draw.figure import figure
from scgc.draw.render import svg
from scgc.draw.words import identifier
from scgc.ir.graph import Program

DEPTH = 2
"""How many levels of calls are opened: the stochastic nodes of nets are to be seen."""

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_SHAPES = {f"{{{_SVG}}}{shape}" for shape in ("polygon", "ellipse", "path")}


def drawing(program: Program) -> str:
    """The figure as an `<svg>` element; a node has `data-node`, its dotted name, and its shape the class
    `shape`. Hints become titles. Raises ProgramError (SCG501) where no Graphviz is found."""
    tree = ElementTree.fromstring(svg(dot(program, DEPTH)))
    nodes = figure(program, DEPTH, False, None).nodes
    names = {identifier(node.id): node.id for group in nodes.values() for node in group}
    for part in tree.iter():
        part.attrib.pop("id", None)  # several drawings stand in one page
        if part.get("class") == "node":
            _name(part, names)
        _hint(part)
    for size in ("width", "height"):
        tree.attrib[size] = str(round(float(tree.attrib[size].removesuffix("pt")) * 4 / 3))
    ElementTree.register_namespace("", _SVG)
    text = ElementTree.tostring(tree, encoding="unicode")
    return re.sub(r'\sxmlns:\w+="[^"]*"', "", text)


def _name(node: ElementTree.Element, names: dict[str, str]) -> None:
    title = node.find(f"{{{_SVG}}}title")
    if title is None or title.text not in names:
        return
    node.set("data-node", names[title.text])
    node.remove(title)
    shapes = [part for part in node.iter() if part.tag in _SHAPES]
    for shape in shapes[:1]:
        shape.set("class", "shape")


def _hint(part: ElementTree.Element) -> None:
    """A link that is there for its hint alone becomes a group with a title."""
    hint = part.attrib.pop(f"{{{_LINK}}}title", None)
    if part.tag == f"{{{_SVG}}}a":
        part.tag = f"{{{_SVG}}}g"
        if hint and hint.strip():
            title = ElementTree.Element(f"{{{_SVG}}}title")
            title.text = hint
            part.insert(0, title)
