"""How a gradient estimator is declared. One file an estimator, found by the registry.

A file holds the declaration (read by the checker, without torch) and the functions that the generated code
calls through `scgc.runtime` (they import torch inside):

    NAME(q, *, options..., mode) -> Tensor       draws a value; `draw` names it

What a `score` node adds to the loss and how the values of a `support` node are weighted is the same for every
such estimator: `score_term`, `support_weight` and `marginal` of `scgc.runtime`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scgc.declared import Declared


@dataclass(frozen=True)
class Estimator(Declared):
    """How the gradient of an expected cost reaches the parameters of a stochastic node.

    signature: name and options, `score(samples : dim = 1, baseline : word = none)`.
    draw: the function of this file that draws, called as `draw(q, option = ..., mode = self.mode)`.
    families: names of the distributions it supports; None for every one, "reparameterised" or "finite" for
        those that are declared so.
    carries: how the gradient passes the node: "value" (through the drawn value: what follows must be
        differentiable in it), "score" (a term with the node's log-probability joins the loss), "support"
        (every value of the support is visited and weighted by its probability).
    relaxed: whether draws in training may lie inside the simplex; `hard` is the option that undoes it.
    biased, cost, source: for the reference and `scgc list`.
    select: the function of `scgc.runtime` that draws among the rows of a table, where the distribution is
        `Categorical(logits = table @ query)`, and gives the draw's product with the table (or another one)
        and the draw: `select(query, table, values, option = ..., mode = self.mode)`.
    """

    draw: str
    families: tuple[str, ...] | Literal["reparameterised", "finite"] | None
    carries: Literal["value", "score", "support"]
    relaxed: bool
    biased: bool
    doc: str
    cost: str
    source: str
    select: str = ""
