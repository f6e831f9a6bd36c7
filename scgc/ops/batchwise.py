"""Operators that look at all examples of a batch: what they give an example depends on the others.

What is one number of the whole batch, such as a covariance, is given to every example alike, so that the mean
of a loss over the batch is that of the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scgc.ir.types import DistType, TensorType, real
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, Mismatch
from scgc.ops.stochastic import verify_draw

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _total_correlation(match: Match) -> TensorType:
    from scgc.distributions import plates

    q = match.types["q"]
    assert isinstance(q, DistType)
    if plates(q) != 1:
        raise Mismatch("q", "a distribution of one vector of independent elements", str(q))
    verify_draw(match, "z")
    return real()


def _ranked(function: str, slot: str, usual: int, values: str) -> Callable[[Lowering], str]:
    """A call of the runtime with the axes of an example."""

    def lower(low: Lowering) -> str:
        rank = low.rank(slot)
        return f"{function}({values})" if rank == usual else f"{function}({values}, rank={rank})"

    return lower


OPERATORS = (
    Operator(
        "batch_mean(x : real[*s]) -> real[*s]",
        doc="Of every number the mean over the batch.",
        example="batch_mean(ones(2, 3))",
        torch=_ranked("batch_mean", "x", 1, "{x}"),
        across=True,
    ),
    Operator(
        "batch_cov(x : real[n]) -> real[n, n]",
        doc="The covariance of the entries of a vector over the batch (divided by its size).",
        example="batch_cov(ones(3))",
        torch="batch_cov({x})",
        across=True,
    ),
    Operator(
        "total_correlation(q : dist, z : any[*s]) -> real[]",
        doc="How much more likely a draw z of q is under the mean of the batch's distributions than with its"
        " elements drawn apart: the logarithm of the one over the other. Its mean estimates the total"
        " correlation (Chen et al. 2018, equation 4; their weights, which are constants, left out).",
        example="total_correlation(Normal(mean = zeros(3), std = 1), ones(3))",
        torch=_ranked("total_correlation", "z", 1, "{q}, {z}"),
        result=_total_correlation,
        derivative=("q", "z"),
        across=True,
    ),
    Operator(
        "permute_batch(x : real[*s, n]) -> real[*s, n]",
        doc="Every element of the last axis taken from another, random example of the batch.",
        example="permute_batch(ones(3))",
        torch=_ranked("permute_batch", "x", 1, "{x}"),
        draws=True,
        across=True,
        untouched=("n",),
    ),
)
