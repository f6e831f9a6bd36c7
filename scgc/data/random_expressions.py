"""Random expressions of ListOps of a given depth, drawn exactly and many at once.

Nangia and Bowman (2018) draw an expression from the top: with probability 1/4 an operator, whose 2 to 5
arguments, equally likely, are drawn the same way, else a numeral; operators and numerals are equally likely
among themselves. (`VALUE_P = 0.25` in their code is the operator's share in spite of its name; the other way
round expressions would grow without end.) Here that distribution is conditioned on the depth and on a largest
length. Waiting for such draws would take for ever at depth 10, so the chances of all depths and lengths are
worked out first; then depth and length are shared out from the top, all nodes of a level at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scgc.data.expressions import CLOSE, FIRST_NUMERAL, Whole

OPERATOR = 0.25
FEWEST, MOST = 2, 5
"""Arguments of an operator."""

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Chances:
    """How likely an expression is, by its depth and its length up to `length`.

    deepest[h, l]: of depth at most h and length l. deep[h, l]: of depth h exactly.
    deepest_row[h, r, l]: r expressions in a row, of depth at most h each and of length l together;
    deep_row[h, r, l]: one of them at least of depth h exactly.
    """

    deepest: Reals
    deep: Reals
    deepest_row: Reals
    deep_row: Reals

    @classmethod
    def of(cls, depth: int, length: int) -> Chances:
        deepest, deep = (np.zeros((depth + 1, length + 1)) for _ in range(2))
        deepest_row, deep_row = (np.zeros((depth + 1, MOST + 1, length + 1)) for _ in range(2))
        deepest[:, 1], deep[0, 1] = 1 - OPERATOR, 1 - OPERATOR
        deepest_row[:, 0, 0] = 1
        share = OPERATOR / (MOST - FEWEST + 1)
        for h in range(depth + 1):
            if h:
                deepest[h, 2:] += share * deepest_row[h - 1, FEWEST:, :-2].sum(0)
                deep[h, 2:] = share * deep_row[h - 1, FEWEST:, :-2].sum(0)
            shallower = deepest[h - 1] if h else np.zeros(length + 1)
            for r in range(1, MOST + 1):
                deepest_row[h, r] = _sums(deepest[h], deepest_row[h, r - 1])
                first, later = _sums(deep[h], deepest_row[h, r - 1]), _sums(shallower, deep_row[h, r - 1])
                deep_row[h, r] = first + later
        return cls(deepest, deep, deepest_row, deep_row)

    @property
    def length(self) -> int:
        return int(self.deepest.shape[1]) - 1

    @cached_property
    def arguments(self) -> Reals:
        """[h, exact, l, r]: running chances of r arguments of an operator, which are of depth at most h, one
        exactly of it if `exact`, and of length l together."""
        rows = np.stack((self.deepest_row, self.deep_row), 1).swapaxes(2, 3).copy()
        rows[..., :FEWEST] = 0
        return rows.cumsum(-1)

    @cached_property
    def shares(self) -> Reals:
        """[h, exact, r, l, o]: running chances of what is first of r expressions in a row, of depth at most
        h, one of them exactly of it if `exact`, of length l together. Its length is o, and its depth what is
        still open to it; or its length is o - (length + 1) and its depth h."""
        depth, size = self.deepest.shape
        weights = np.zeros((depth, 2, MOST + 1, size, 2 * size))
        for total in range(size):
            rest = total - np.arange(total + 1)
            shallower = np.concatenate((np.zeros((1, size)), self.deepest))[:-1]
            for r in range(1, MOST + 1):
                others, deep_others = self.deepest_row[:, r - 1, rest], self.deep_row[:, r - 1, rest]
                weights[:, 0, r, total, : total + 1] = self.deepest[:, : total + 1] * others
                weights[:, 1, r, total, : total + 1] = shallower[:, : total + 1] * deep_others
                weights[:, 1, r, total, size : size + total + 1] = self.deep[:, : total + 1] * others
        return weights.cumsum(-1)


def _sums(a: Reals, b: Reals) -> Reals:
    """The chances of the sum of two lengths, as far as they go."""
    return np.convolve(a, b)[: len(a)]


class Choice:
    """Draws from many distributions at once, each `running[index]`: the running sums over its outcomes."""

    def __init__(self, running: Reals) -> None:
        self.shape = running.shape
        flat = running.reshape(-1, running.shape[-1])
        total = flat[:, -1:]
        shares = np.divide(flat, total, out=np.ones_like(flat), where=total > 0)
        self.ladder = (shares + np.arange(len(flat))[:, None]).ravel()

    def draw(self, random: np.random.Generator, *index: Whole | int) -> Whole:
        """An outcome for each of the distributions at `index`; to 32 bits, so that sums stay exact."""
        place = np.ravel_multi_index(tuple(np.broadcast_arrays(*index)), self.shape[:-1])
        number = place + random.integers(1 << 32, size=place.shape) / (1 << 32)
        found: Whole = np.searchsorted(self.ladder, number, side="right") - place * self.shape[-1]
        return found


class Nodes(NamedTuple):
    """Expressions yet to be written: in which example, from where, how long, and how deep: exactly so if
    `exact` is 1, else at most."""

    example: Whole
    start: Whole
    length: Whole
    depth: Whole
    exact: Whole

    def where(self, mask: NDArray[np.bool_]) -> Nodes:
        return Nodes(*(array[mask] for array in self))


class Drawing:
    """Draws expressions of one depth and at most some length."""

    def __init__(self, depth: int, length: int) -> None:
        chances = Chances.of(depth, length)
        self.depth, self.length = depth, length
        self.lengths = Choice(chances.deep[depth].cumsum()[None])
        self.arguments, self.shares = Choice(chances.arguments), Choice(chances.shares)

    def draw(self, n: int, random: np.random.Generator) -> Whole:
        """Tokens `[n, length]`, 0 beyond the end of each; a closing bracket is 0 too."""
        tokens = np.full((n, self.length), CLOSE, np.int64)
        nothing = np.zeros(n, np.int64)
        lengths = self.lengths.draw(random, nothing)
        nodes = Nodes(np.arange(n), nothing, lengths, nothing + self.depth, nothing + 1)
        while len(nodes.example):
            numerals, operators = nodes.where(nodes.length == 1), nodes.where(nodes.length > 1)
            drawn = FIRST_NUMERAL + random.integers(10, size=len(numerals.example))
            tokens[numerals.example, numerals.start] = drawn
            kinds = 1 + random.integers(FIRST_NUMERAL - 1, size=len(operators.example))
            tokens[operators.example, operators.start] = kinds
            nodes = self.share(operators, random)
        return tokens

    def share(self, nodes: Nodes, random: np.random.Generator) -> Nodes:
        """The arguments of operators: the length and depth of each shared out among them."""
        depth, exact, start, left = nodes.depth - 1, nodes.exact, nodes.start + 1, nodes.length - 2
        count = self.arguments.draw(random, depth, exact, left)
        parts = []
        for _ in range(MOST):
            outcome = self.shares.draw(random, depth, exact, count, left)
            deep, length = np.divmod(outcome, self.length + 1)
            # until one argument is as deep as it must be, the others are less deep
            bound = depth - (exact & (1 - deep))
            parts.append(Nodes(nodes.example, start, length, bound, deep).where(count > 0))
            exact, start, left = exact & (1 - deep), start + length, left - length
            count = np.maximum(count - 1, 0)
        return Nodes(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


class TooFew(Exception):
    """Fewer different expressions turn up than asked for; holds how many did."""

    def __init__(self, found: int) -> None:
        super().__init__(found)
        self.found = found


BLOCK = 20_000


def different(depth: int, length: int, n: int, seed: int) -> Whole:
    """The first n expressions `[n, length]` of an endless row of draws without those seen before in it.

    A shorter row is the beginning of a longer one. Raises TooFew where hardly any new ones come.
    """
    random, drawing = np.random.default_rng([seed, depth]), Drawing(depth, length)
    found = np.zeros((0, length), np.int8)
    while len(found) < n:
        before = len(found)
        found = np.concatenate((found, drawing.draw(BLOCK, random).astype(np.int8)))
        _, first = np.unique(found.view(f"V{length}"), return_index=True)
        found = found[np.sort(first)]
        if len(found) < n and len(found) - before < BLOCK // 1000:
            raise TooFew(len(found))
    return found[:n].astype(np.int64)
