"""The declaration of `Exponential`."""

from scgc.declared import POSITIVE
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Exponential",
    signatures={
        "Exponential(rate : real[*s]) -> real[*s]": "Exponential({rate})",
    },
    support="positive",
    reparameterised=True,
    doc="Waiting time for an event of the given rate.",
    example="Exponential(2)",
    limits={"rate": POSITIVE},
)
