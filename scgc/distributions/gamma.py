"""The declaration of `Gamma`. Gradients of draws are implicit (Figurnov et al. 2018)."""

from scgc.declared import POSITIVE
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Gamma",
    signatures={
        "Gamma(concentration : real[*s], rate : real[*s]) -> real[*s]": "Gamma({concentration}, {rate})",
    },
    support="positive",
    reparameterised=True,
    doc="A positive number, by concentration (shape) and rate.",
    example="Gamma(2, 1)",
    limits={"concentration": POSITIVE, "rate": POSITIVE},
)
