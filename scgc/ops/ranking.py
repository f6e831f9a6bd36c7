"""Ranks of the right answer, for metrics over many classes; nothing of it has a derivative.

With `answers` (every right answer) and `candidates` (every class of the right type) of a data set of queries:

    metric mrr      = 1 / filtered_rank(logits, tail, answers)
    metric hits     = filtered_rank(logits, tail, answers) <= 10
    metric quantile = rank_quantile(logits, tail, candidates and not answers)
"""

from __future__ import annotations

from scgc.ops.declare import Operator

OPERATORS = (
    Operator(
        "filtered_rank(logits : real[*s, k], target : class(k)[*s], known : bool[*s, k]) -> real[*s]",
        doc="The place of the target class by its logit, from 1; other known classes are left out.",
        example="filtered_rank(ones(2, 3), 0, ones(2, 3) > 1)",
        torch="filtered_rank({logits}, {target}, {known})",
        derivative=(),
    ),
    Operator(
        "rank_quantile(logits : real[*s, k], target : class(k)[*s], negatives : bool[*s, k]) -> real[*s]",
        doc="The share of the negative classes whose logit is below the target's; 1 where there are none.",
        example="rank_quantile(ones(2, 3), 0, ones(2, 3) > 0)",
        torch="rank_quantile({logits}, {target}, {negatives})",
        derivative=(),
    ),
)
