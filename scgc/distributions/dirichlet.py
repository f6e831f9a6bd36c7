"""The declaration of `Dirichlet`. Gradients of draws are implicit (Figurnov et al. 2018)."""

from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Dirichlet",
    signatures={
        "Dirichlet(concentration : real[*s, k]) -> real[*s, k]": "Dirichlet({concentration})",
    },
    support="simplex",
    reparameterised=True,
    doc="A point of the simplex: k numbers that sum to 1.",
    example="Dirichlet(linspace(1, 2, 3))",
)
