"""The declaration of `Gumbel`."""

from scgc.declared import POSITIVE
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Gumbel",
    signatures={
        "Gumbel(loc : real[*s], scale : real[*s]) -> real[*s]": "Gumbel({loc}, {scale})",
    },
    support="real",
    reparameterised=True,
    doc="The largest of many values: location and scale.",
    example="Gumbel(0, 1)",
    limits={"scale": POSITIVE},
)
