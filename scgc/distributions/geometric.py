"""The declaration of `Geometric`. `probs` is the probability of success of one try, `logits` its log-odds."""

from scgc.declared import PROBABILITY
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Geometric",
    signatures={
        "Geometric(probs : real[*s]) -> real[*s]": "Geometric(probs={probs})",
        "Geometric(logits : real[*s]) -> real[*s]": "Geometric(logits={logits})",
    },
    support="count",
    reparameterised=False,
    doc="How many failures come before the first success.",
    example="Geometric(0.5)",
    limits={"probs": PROBABILITY},
)
