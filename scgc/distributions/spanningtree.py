"""The declaration of `SpanningTree`: spanning trees of an undirected graph."""

from scgc.declared import NEVER
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="SpanningTree",
    signatures={"SpanningTree(logits : real[*s, n, n]) -> bit[*s, n, n]": "SpanningTree({logits})"},
    support="structure",
    reparameterised=False,
    doc="A spanning tree of n nodes as the bits of its edges, each in both directions: its probability is"
    " proportional to exp of the sum of its edges' logits, the mean of those of both directions.",
    example="SpanningTree(ones(3, 3))",
    padding={"logits": NEVER},
)
