"""The declaration of `Arborescence`: spanning trees in which every node but node 0 picks its parent."""

from scgc.declared import NEVER
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Arborescence",
    signatures={"Arborescence(logits : real[*s, n, n]) -> onehot(n)[*s, n]": "Arborescence({logits})"},
    support="structure",
    reparameterised=False,
    doc="A spanning tree of n nodes rooted at node 0, row u naming the parent of u (the root's row itself):"
    " its probability is proportional to exp of the sum of its edges' logits.",
    example="Arborescence(ones(3, 3))",
    padding={"logits": NEVER},
)
