"""The declaration of `LogNormal`."""

from scgc.declared import POSITIVE
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="LogNormal",
    signatures={
        "LogNormal(loc : real[*s], scale : real[*s]) -> real[*s]": "LogNormal({loc}, {scale})",
    },
    support="positive",
    reparameterised=True,
    doc="What has a Normal(loc, scale) logarithm.",
    example="LogNormal(0, 1)",
    limits={"scale": POSITIVE},
)
