"""The declaration of `Categorical`.

The last axis of `logits` (any real numbers) or `probs` (not negative, any positive sum) runs over the
categories.
"""

from scgc.declared import NEVER
from scgc.distributions.declare import Distribution

DISTRIBUTION = Distribution(
    name="Categorical",
    signatures={
        "Categorical(logits : real[*s, k]) -> onehot(k)[*s]": "Categorical(logits={logits})",
        "Categorical(probs : real[*s, k]) -> onehot(k)[*s]": "Categorical(probs={probs})",
    },
    support="finite",
    reparameterised=False,
    doc="One of k categories, drawn as a one-hot vector.",
    example="Categorical(logits = linspace(0, 1, 3))",
    values="size",
    uniform="Categorical.uniform({k})",
    padding={"logits": NEVER, "probs": 0.0},
)
