"""The declaration of `Beta`. Gradients of draws are implicit (Figurnov et al. 2018)."""

from scgc.declared import POSITIVE
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Beta",
    signatures={
        "Beta(concentration1 : real[*s], concentration0 : real[*s]) -> real[*s]": (
            "Beta({concentration1}, {concentration0})"
        ),
    },
    support="unit",
    reparameterised=True,
    doc="A number between 0 and 1.",
    example="Beta(2, 3)",
    limits={"concentration1": POSITIVE, "concentration0": POSITIVE},
)
