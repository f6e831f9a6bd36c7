"""Expressions of ListOps as tokens: their values, parents and depths, worked out for all of them at once.

An expression is a numeral, or an operator, its arguments and `]`: `[MAX 2 9 [MIN 4 7 ] 0 ]` is 9. Depth
counts operators within one another: a numeral has depth 0, this example 2.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scgc.data.listops import WORDS

CLOSE, FIRST_NUMERAL = 0, 4
MINIMUM, MAXIMUM, MEDIAN = 1, 2, 3

PROBLEMS = (
    "",
    "a closing bracket closes nothing",
    "an operator has no arguments",
    "a bracket is never closed",
    "a token is none of the 14",
    "more follows after its end",
    "it is empty",
)

Whole = NDArray[np.int64]

STACKED = 1 << 24
"""Entries of the stacks held at once."""


class Parsed(NamedTuple):
    """What the tokens `[examples, width]` mean.

    length: `[examples]`, up to the end of the expression. depth, value: `[examples]`.
    parent: `[examples, width]`, the position of the operator that a token belongs to: arguments and `]` to
    theirs; the first token, which belongs to none, to itself.
    steps: `[examples, width]`, the value of what begins or ends at a token: of a numeral itself, of an
    operator and its `]` the result. Both are 0 beyond the length.
    problem: `[examples]`, an index into `PROBLEMS`; 0 where the expression is well formed.
    """

    length: Whole
    depth: Whole
    value: Whole
    parent: Whole
    steps: Whole
    problem: Whole


def parse(tokens: Whole) -> Parsed:
    """The meaning of expressions; what stands after the end of one is padding, 0 or negative."""
    n, width = tokens.shape
    at_once = max(1, STACKED // max(1, width * 10 * width))
    parts = [_parse(tokens[i : i + at_once]) for i in range(0, max(n, 1), at_once)]
    return Parsed(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _parse(tokens: Whole) -> Parsed:
    """From left to right, with a stack an example: open operators and how often each number stands there."""
    n, width = tokens.shape
    length, depth, value, problem, height = (np.zeros(n, np.int64) for _ in range(5))
    parent, steps = np.zeros((n, width), np.int64), np.zeros((n, width), np.int64)
    opened = np.zeros((n, width + 1), np.int64)
    counts = np.zeros((n, width + 1, 10), np.int32)
    for t in range(width):
        going = (length == 0) & (problem == 0)
        token = tokens[:, t]
        problem[going & (token < 0)] = 3
        problem[going & (token < 0) & (height == 0)] = 6
        problem[going & (token >= len(WORDS))] = 4
        problem[going & (token == CLOSE) & (height == 0)] = 1
        going &= problem == 0
        parent[going, t] = np.where(height > 0, opened[np.arange(n), height - 1], t)[going]

        opens = np.flatnonzero(going & (token > CLOSE) & (token < FIRST_NUMERAL))
        opened[opens, height[opens]] = t
        counts[opens, height[opens]] = 0
        height[opens] += 1
        np.maximum(depth, height, out=depth)

        numerals = np.flatnonzero(going & (token >= FIRST_NUMERAL))
        steps[numerals, t] = token[numerals] - FIRST_NUMERAL

        closes = np.flatnonzero(going & (token == CLOSE))
        height[closes] -= 1
        operator, arguments = opened[closes, height[closes]], counts[closes, height[closes]]
        problem[closes[arguments.sum(-1) == 0]] = 2
        results = apply(tokens[closes, operator], arguments)
        steps[closes, t] = steps[closes, operator] = results

        complete = np.concatenate((numerals, closes))
        inner, outer = complete[height[complete] > 0], complete[height[complete] == 0]
        counts[inner, height[inner] - 1, steps[inner, t]] += 1
        length[outer], value[outer] = t + 1, steps[outer, t]
    problem[(length == 0) & (problem == 0)] = 3
    after = (tokens > 0) & (np.arange(width) >= length[:, None])
    problem[after.any(-1) & (problem == 0)] = 5
    return Parsed(length, depth, value, parent, steps, problem)


def apply(operator: Whole, counts: NDArray[Any]) -> Whole:
    """Results `[m]` of operators `[m]`; `counts`, `[m, 10]`, says how often each numeral is an argument.

    The median of an even number of arguments is the mean of the middle two, rounded down, as Nangia and
    Bowman's code has it.
    """
    below, total = counts.cumsum(-1), counts.sum(-1)

    def at(rank: NDArray[Any]) -> Whole:
        """The argument of a rank, from 0."""
        found: Whole = (below > rank[:, None]).argmax(-1)
        return found

    median = (at((total - 1) // 2) + at(total // 2)) // 2
    most = np.where(operator == MAXIMUM, at(total - 1), median)
    results: Whole = np.where(operator == MINIMUM, at(0 * total), most)
    return results
