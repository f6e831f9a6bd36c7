"""What the drawing tests share: a small program, and ways to read a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from scgc.draw.figure import Arrow, Figure, figure
from scgc.draw.nodes import Node
from scgc.ir.graph import Program
from scgc.pipeline import Compilation
from scgc.source import Source

SHORTCUT = """
input x : real[4]
input y : class(3)
schedule alpha = min(1, 0.1 * t)
param C : real[3, 4]
net encode(x : real[4]) -> real[4] { return x |> linear(8) |> relu |> linear(4) }
net snap(u : real[4]) -> real[4] {
  z ~ Categorical(logits = C @ u) via gumbel_softmax(tau = 0.5, scale = alpha)
  return dropres(u, drop = alpha) + z @ C
}
v = snap(encode(x))
loss error = cross_entropy(C @ v, y)
metric accuracy = argmax(C @ v) == y
"""


@dataclass(frozen=True)
class Drawn:
    """A figure, as the tests ask about it."""

    figure: Figure

    @property
    def nodes(self) -> dict[str, Node]:
        return {node.id: node for group in self.figure.nodes.values() for node in group}

    @property
    def clusters(self) -> set[tuple[str, ...]]:
        return {cluster.path for cluster in self.figure.clusters}

    def ends(self, stroke: str) -> set[tuple[str, str]]:
        """Tail and head of every arrow with this stroke."""
        return {(a.tail, a.head) for a in self.figure.arrows if a.stroke == stroke}

    def data(self, tail: str, head: str) -> Arrow:
        """The arrow that shows data between two nodes; there is exactly one."""
        strokes = ("data", "shortcut", "aside")
        (one,) = [a for a in self.figure.arrows if (a.tail, a.head) == (tail, head) and a.stroke in strokes]
        return one


@pytest.fixture(scope="session")
def compiled() -> Callable[[str], Program]:
    """The graph of a text."""
    return lambda text: Compilation(Source("test.scg", text)).program


@pytest.fixture(scope="session")
def drawn() -> Callable[..., Drawn]:
    """The figure of a text or graph: `drawn(text, depth=1, gradients=False)`."""

    def draw(what: str | Program, depth: int = 1, gradients: bool = False) -> Drawn:
        program = Compilation(Source("test.scg", what)).program if isinstance(what, str) else what
        return Drawn(figure(program, depth, gradients, None))

    return draw


@pytest.fixture(scope="session")
def shortcut() -> str:
    """A program with a discrete-continuous component: a relaxed node beside a shortcut."""
    return SHORTCUT
