"""The declaration of `TopK`: the exactly-k distribution over subsets, an exponential family.

Not sampling without replacement (Gumbel top-k), whose subsets have no probability that is cheap to compute.
"""

from scgc.declared import NEVER, UpTo
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="TopK",
    signatures={"TopK(logits : real[*s, n], k : dim) -> bit[*s, n]": "TopK({logits}, k={k})"},
    support="structure",
    reparameterised=False,
    doc="k of n elements as n bits: independent Bernoulli elements given that k of them are 1.",
    example="TopK(linspace(0, 1, 5), k = 2)",
    values="comb(length, k)",
    limits={"k": UpTo("n")},
    padding={"logits": NEVER},
)
