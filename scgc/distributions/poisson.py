"""The declaration of `Poisson`."""

from scgc.declared import COUNT
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Poisson",
    signatures={
        "Poisson(rate : real[*s]) -> real[*s]": "Poisson({rate})",
    },
    support="count",
    reparameterised=False,
    doc="How many events of the given rate happen in a unit of time.",
    example="Poisson(4)",
    limits={"rate": COUNT},
)
