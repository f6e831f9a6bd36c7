"""The declaration of `Binomial`."""

from scgc.declared import COUNT, PROBABILITY
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Binomial",
    signatures={
        "Binomial(total_count : int[*s], logits : real[*s]) -> real[*s]": (
            "Binomial({total_count}, logits={logits})"
        ),
        "Binomial(total_count : int[*s], probs : real[*s]) -> real[*s]": (
            "Binomial({total_count}, probs={probs})"
        ),
    },
    support="count",
    reparameterised=False,
    doc="How many of total_count tries succeed.",
    values="total_count + 1",
    example="Binomial(10, logits = 0.5)",
    limits={"total_count": COUNT, "probs": PROBABILITY},
)
