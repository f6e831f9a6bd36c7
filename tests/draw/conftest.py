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

TREE = """
## Messages along a tree that is inferred on the way.
program tree
dim D = 4
dim rounds = 3
size n <= 9
input tokens : class(14)[n]
input value : class(10)
input parent : class(n)[n] optional
param E : real[14, D]
schedule beta = 1 - exp(-0.01 * t)
net score(h : real[n, D]) -> real[n, n] { return linear(h, D) @ linear(h, D)' }
net message(dst, src : real[D]) -> real[D] { return concat(dst, src) |> linear(D) |> relu }
net read(x : real[D]) -> real[10] { return x |> linear(10) }
net snap(x : real[D]) -> real[D] {
  z ~ Categorical(logits = read(x)) via gumbel_softmax(tau = 1, scale = beta)
  return dropres(x, drop = 0.5) + z @ E[-10:]
}
e = E[tokens]
tree ~ Categorical(logits = score(e)) via gumbel_softmax(tau = 1, scale = beta)
x = e
for r in range(rounds) {
  x <- x + propagate(message, dst = e, src = x, along = tree)
  if r < rounds - 1 { x <- snap(x) }
}
logits = read(x[0])
loss task = cross_entropy(logits, value)
metric edges = mean(argmax(tree) == parent)
"""

WRITER = """
dim V = 4
input kind : class(3)[V]
input edge : bool[V, V]
edges = zeros(V, V) > 0
h = zeros(2)
for i in range(1, V) {
  made = arange(V) < i
  h <- relu(linear(h, 2))
  k ~ Categorical(logits = linear(h, 3)) observe kind[i]
  link ~ Bernoulli(logits = linear(h, V)) where made observe edge[:, i]
  edges <- put(edges, i, link, axis = 1)
  halt when k == 2
}
loss node_error = nll(k)
loss edge_error = nll(link)
metric size = sum(edges)
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


@pytest.fixture(scope="session")
def tree() -> str:
    """A program whose messages run along a sampled graph, in a loop with a choice."""
    return TREE


@pytest.fixture(scope="session")
def writer() -> str:
    """A program that writes a graph node by node until it is done."""
    return WRITER
