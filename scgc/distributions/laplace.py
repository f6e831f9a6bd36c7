"""The declaration of `Laplace`."""

from scgc.declared import POSITIVE
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Laplace",
    signatures={
        "Laplace(loc : real[*s], scale : real[*s]) -> real[*s]": "Laplace({loc}, {scale})",
    },
    support="real",
    reparameterised=True,
    doc="Two exponentials back to back: location and scale.",
    example="Laplace(0, 1)",
    limits={"scale": POSITIVE},
)
