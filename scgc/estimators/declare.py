"""How a gradient estimator is declared. One file an estimator, found by the registry.

A file holds the declaration (read by the checker, without torch) and what the generated code calls through
`scgc.runtime` (it imports torch inside):

    NAME(q, *, options..., mode) -> Tensor                                        carries "value" or "score"
    NAME(q, *, plates, dims, options..., mode) -> tuple[Tensor, Tensor | None]    carries "weights"

or a module whose objects are called like that. How the loss is made of what they return is the same for all:
`scored` and `marginal` of `scgc.runtime`.
"""

from __future__ import annotations

from typing import Literal

from scgc.declared import Declared


class Estimator(Declared):
    """How the gradient of an expected cost reaches the parameters of a stochastic node.

    signature: name and options, `score(samples : dim = 1, baseline : word = none)`.
    draw: the function of this file that draws, called as `draw(q, option = ..., mode = self.mode)`; or, with
        `module`, the class of this file of which the model holds an object, made from the shape of one
        example's draw and the options, and called as `draw(q, mode = self.mode)`.
    families: names of the distributions it supports; None for every one, "reparameterised" or "finite" for
        those that are declared so.
    carries: how the gradient passes the node: "value" (through the drawn value: what follows must be
        differentiable in it), "score" (the costs downstream are weighed by the node's log-probability),
        "weights" (the draw comes with several values on a sample axis of its own and their weights: for every
        cost c the sum of weight * c has the expectation of c, and its gradient that expectation's gradient).
    relaxed: whether draws in training may lie inside the simplex; `hard` is the option that undoes it.
    exhaustive: whether every joint value of a node is visited, so that it must not have too many.
    module: whether `draw` is a class, for an estimator that learns something itself. Its objects have a
        method `close(loss)`, called in training, which gives the loss with what they are trained by: terms
        whose value is 0.
    fixed: whether draws must have one shape, which a network of the estimator reads.
    valued: the signature where the baseline is a value, which only the loss reads.
    bound: whether the elements of the node along its first axis are the samples of a log_mean_exp.
    beside: what the values behind a node's draws are, of which there are `samples`, or one: "compared"
        (their weights are 0, only the gradients of these are not) or "subtracted" (their weighted sum has the
        mean 0, whatever follows the node). What follows need not learn from them.
    biased, cost, source: for the reference and `scgc list`.
    select: the function of `scgc.runtime` that draws among the rows of a table, where the distribution is
        `Categorical(logits = table @ query)`, and gives the draw's product with the table (or another one)
        and the draw: `select(query, table, values, option = ..., mode = self.mode)`.
    """

    draw: str
    families: tuple[str, ...] | Literal["reparameterised", "finite"] | None
    carries: Literal["value", "score", "weights"]
    relaxed: bool
    biased: bool
    doc: str
    cost: str
    source: str
    select: str = ""
    exhaustive: bool = False
    module: bool = False
    fixed: bool = False
    valued: str = ""
    bound: bool = False
    beside: Literal["", "compared", "subtracted"] = ""

    @property
    def downstream(self) -> str:
        """What it needs of that which follows the node."""
        if self.bound:
            return "a log_mean_exp over the elements of the node"
        if self.relaxed:
            return "a derivative, and a value for what lies between the node's own"
        return "a derivative" if self.carries == "value" else "nothing"
