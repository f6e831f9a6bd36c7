"""Labels in Graphviz's HTML-like notation, every text escaped.

A node's label is a column of rows whose middle one is as high as the shape, with equally many lines above and
below: the name lies in the shape, the small lines outside it, and Graphviz keeps room for them.
"""

from __future__ import annotations

import html

from scgc.draw.caption import Caption
from scgc.draw.clusters import Cluster
from scgc.draw.look import BLUE, FAINT, INK, LINE, NAME, RED, SMALL, SOFT, TITLE
from scgc.draw.nodes import Node
from scgc.draw.words import printable


def escaped(text: str) -> str:
    """Safe inside an HTML-like label: Graphviz reads backslashes there too, as an entity as well."""
    return html.escape(printable(text), quote=True).replace("\\", "\\\\") or " "


def typed(text: str, size: float, color: str = INK, tag: str = "") -> str:
    """Text in a size and colour, `tag` B or I."""
    body = escaped(text)
    body = f"<{tag}>{body}</{tag}>" if tag else body
    return f'<FONT POINT-SIZE="{size:g}" COLOR="{color}">{body}</FONT>'


def plain(text: str) -> str:
    """Text as a label, in the node's own type."""
    return f"<{escaped(text)}>"


def table(rows: list[str], padding: int = 0) -> str:
    """Rows of a borderless table, as a label."""
    body = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}">{body}</TABLE>>'


def _cell(content: str, height: float) -> str:
    return f'<TD HEIGHT="{height:g}">{content}</TD>'


def around(node: Node, height: float, outside: bool) -> str:
    """The label of a shape of this height; `outside`: the name stands below it."""
    above = [typed(line, SMALL, SOFT) for line in node.above]
    below = [typed(line, SMALL, BLUE if node.kind == "sample" else SOFT) for line in node.below]
    if outside:
        below.insert(0, typed(node.name, NAME - 1))
    lines = max(len(above), len(below))
    above = [""] * (lines - len(above)) + above
    below += [""] * (lines - len(below))
    heights = [NAME + 3 if outside and i == 0 else LINE for i in range(lines)]
    middle = "" if outside else typed(node.name, NAME)
    return table(
        [_cell(text, h) for text, h in zip(above, reversed(heights), strict=True)]
        + [_cell(middle, height)]
        + [_cell(text, h) for text, h in zip(below, heights, strict=True)]
    )


def inside(node: Node, name_color: str = INK, line_color: str = SOFT) -> str:
    """The label of a box: the name, the lines under it."""
    rows = [f"<TD>{typed(node.name, NAME, name_color)}</TD>"]
    return table(rows + [f"<TD>{typed(line, SMALL, line_color)}</TD>" for line in node.below])


def aside(node: Node) -> str:
    """The label of a metric."""
    return f"<{typed(node.name, NAME - 2, SOFT, 'I')}>"


def beside(text: str, colour: str = SOFT) -> str:
    """The label of an arrow, lifted a little off its line."""
    return table([f"<TD>{typed(text, SMALL, colour)}</TD>", '<TD HEIGHT="6"></TD>'])


def title(cluster: Cluster) -> str:
    """`left = digit`, the name in bold; the net's name alone where the call has none. Loops in full ink."""
    color = INK if cluster.sort == "loop" else SOFT
    text = typed(f" = {cluster.text}" if cluster.value else cluster.text, TITLE, color)
    name = typed(cluster.value, TITLE, INK, "B") if cluster.value else ""
    if not cluster.note:
        return f"<{name}{text}>"
    return table([f'<TD ALIGN="LEFT">{row}</TD>' for row in (name + text, typed(cluster.note, SMALL, SOFT))])


def heading(node: Node) -> str:
    """The name of a node that holds others, and its lines."""
    rows = [typed(node.name, NAME), *(typed(line, SMALL, SOFT) for line in node.above)]
    return table([f"<TD>{row}</TD>" for row in (*rows, *(typed(line, SMALL, BLUE) for line in node.below))])


def below_figure(caption: Caption) -> str:
    """The caption as a label, flush left."""
    first = typed(f"{caption.name}", TITLE, INK, "B") + typed(f"\u2002{caption.title[0]}", TITLE)
    rows = [first, *(typed(line, TITLE) for line in caption.title[1:])]
    rows += [typed(line, SMALL, SOFT) for line in caption.lines]
    for begin, strokes in (("", _DATA), ("gradients:\u2003", _GRADIENTS), ("", _CREDIT)):
        keys = [_key(*words) for stroke, words in strokes.items() if stroke in caption.legend]
        if keys:
            rows.append(typed(begin, SMALL, SOFT) * bool(begin) + "".join(keys))
    return table(['<TD HEIGHT="5"></TD>', *(f'<TD ALIGN="LEFT">{row}</TD>' for row in rows)], padding=1)


_DATA = {
    "graph": ("- -►", BLUE, "the sampled graph that messages run along"),
    "round": ("←— ", SOFT, "to the next round"),
}
_GRADIENTS = {
    "pass": ("◄—", RED, "passed on"),
    "carried": ("◄- -", RED, "carried by an estimator"),
    "cut": ("|—", FAINT, "stopped"),
}
_CREDIT = {"credit": ("◄- -", SOFT, "from a loss to the draws that it weighs, a colour for each node")}


def _key(sign: str, color: str, words: str) -> str:
    return typed(sign, SMALL, color, "B") + typed(f"\u2002{words}\u2003", SMALL, SOFT)
