"""The declaration of `Bernoulli`. `logits` is the log-odds of a 1, `probs` its probability."""

from scgc.declared import PROBABILITY
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Bernoulli",
    signatures={
        "Bernoulli(logits : real[*s]) -> bit[*s]": "Bernoulli(logits={logits})",
        "Bernoulli(probs : real[*s]) -> bit[*s]": "Bernoulli(probs={probs})",
    },
    support="finite",
    reparameterised=False,
    doc="0 or 1.",
    example="Bernoulli(logits = 0.5)",
    values="2",
    uniform="Bernoulli.uniform()",
    limits={"probs": PROBABILITY},
)
