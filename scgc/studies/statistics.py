"""What is computed of tables: medians with quartiles, rank correlations, the runs that a value selects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from scgc.studies.results import Reals, Results


@dataclass(frozen=True)
class Spread:
    """The median of some runs, with the first and third quartile."""

    median: float
    low: float
    high: float
    runs: int


def spread(values: Reals) -> Spread:
    """Of the values that are numbers."""
    known = values[np.isfinite(values)]
    if not len(known):
        return Spread(nan, nan, nan, 0)
    low, median, high = np.quantile(known, (0.25, 0.5, 0.75))
    return Spread(float(median), float(low), float(high), len(known))


def correlation(results: Results, one: str, other: str) -> float:
    """Spearman's rank correlation of two values over runs; not a number where one is the same in all."""
    from scipy.stats import spearmanr

    a, b = results.column(one), results.column(other)
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    if len(a) < 3 or len(set(a)) < 2 or len(set(b)) < 2:
        return nan
    return float(spearmanr(a, b).statistic)


def selected(results: Results, by: str, lowest: bool = True) -> int:
    """Which run has the least (or greatest) of a value: the row of table 6.8 that needs no labels.

    Raises ProgramError (SCG544); -1 where no run has the value.
    """
    values = results.column(by)
    if not np.isfinite(values).any():
        return -1
    return int(np.nanargmin(values) if lowest else np.nanargmax(values))


@dataclass(frozen=True)
class Comparison:
    """In what tables are compared.

    names: the values; each is a case, or one for each combination of the settings `by`. select: compare the
    values of the runs that have the least (or greatest) of this, instead of medians.
    """

    names: Sequence[str]
    by: Sequence[str] = ()
    select: str | None = None
    lowest: bool = True

    @property
    def title(self) -> str:
        """How the number of a case is had."""
        if self.select is None:
            return "by median"
        return f"at {'lowest' if self.lowest else 'highest'} {self.select}"

    def scores(self, table: Results) -> dict[tuple[str, ...], float]:
        """A table's number in every case: for each combination of settings, and value."""
        parts: dict[tuple[str, ...], Results] = {(): table}
        for setting in self.by:
            parts = {(*case, v): half for case, part in parts.items() for v, half in part.split(setting)}
        return {(*case, name): self._score(part, name) for case, part in parts.items() for name in self.names}

    def _score(self, part: Results, name: str) -> float:
        values = part.column(name)
        if self.select is None:
            return spread(values).median
        chosen = selected(part, self.select, self.lowest)
        return float(values[chosen]) if chosen >= 0 else nan


def best_shares(tables: Sequence[Results], comparison: Comparison) -> list[float]:
    """In what share of the cases each table is the best (figure 6.4); ties are shared.

    Raises ProgramError (SCG544).
    """
    found = [comparison.scores(t) for t in tables]
    cases = dict.fromkeys(case for scores in found for case in scores)
    scores = np.array([[s.get(case, nan) for case in cases] for s in found])
    known = scores[:, np.isfinite(scores).any(0)]
    wins = known == np.nanmax(known, axis=0)
    return [float(share) for share in (wins / wins.sum(0)).mean(1)]
