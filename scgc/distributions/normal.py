"""The declaration of `Normal`. The log-variance is what encoders usually give (Kingma and Welling 2014)."""

from scgc.declared import POSITIVE
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Normal",
    signatures={
        "Normal(mean : real[*s], std : real[*s]) -> real[*s]": "Normal({mean}, {std})",
        "Normal(mean : real[*s], logvar : real[*s]) -> real[*s]": "Normal({mean}, logvar={logvar})",
    },
    support="real",
    reparameterised=True,
    doc="The Gaussian, by mean and standard deviation or log-variance.",
    example="Normal(0, 1)",
    limits={"std": POSITIVE},
)
