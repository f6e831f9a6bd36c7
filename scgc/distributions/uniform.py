"""The declaration of `Uniform`."""

from scgc.declared import Above
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Uniform",
    signatures={
        "Uniform(low : real[*s], high : real[*s]) -> real[*s]": "Uniform({low}, {high})",
    },
    support="real",
    reparameterised=True,
    moving=True,
    doc="Equally likely everywhere from low to high.",
    example="Uniform(0, 1)",
    limits={"high": Above("low")},
)
