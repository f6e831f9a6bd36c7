"""From a `GroundTruth` to columns: combinations of factors, each observed when a batch asks for it.

The training data is every combination once, or `examples` draws; a million where that is not said and a
factor is continuous or there are more combinations. The test data is draws too. With `labels` only so many
examples are labelled: half of the training data then repeats nine tenths of them, so that batches have some,
and the others are the validation data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Generator, Tensor

from scgc.data.columns import Column, Computed, Loaded, Split
from scgc.data.factors import FACTORS, LIMITS, Factor, GroundTruth
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import TooFewExamples

DRAWS = 1_000_000
"""Examples where combinations are drawn and nothing says how many."""


@dataclass(frozen=True)
class Observing:
    """The work of a computed column: rows of factors to what they look like."""

    truth: GroundTruth

    def __call__(self, rows: Tensor) -> Tensor:
        return self.truth.observations(rows)

    def to(self, device: torch.device | str) -> Observing:
        return self


def load_truth(request: Request, truth: GroundTruth) -> Loaded:
    """Training and test data, and validation data where few examples are labelled.

    Raises ProgramError (SCG215, SCG509).
    """
    random = torch.Generator().manual_seed(request.count("seed", LIMITS["seed"]))
    test = draw(truth.factors, request.count("test_examples"), random)
    train = _training(request, truth.factors, random)
    if request.options["labels"] is None:
        splits = {"train": observed(truth, train)}
    else:
        splits = _partly_labelled(request, truth, train, random)
    splits["test"] = observed(truth, test)
    shape = truth.observations(test[:1]).shape[1:]
    image = {"channels": shape[0], "size": shape[-1]} if len(shape) == 3 else {}
    return Loaded(splits, image | {"factors": sum(f.measured for f in truth.factors)}, truth)


def draw(factors: Sequence[Factor], count: int, random: Generator) -> Tensor:
    """Random combinations `[count, F]`: int64, or float32 where a factor is continuous."""

    def column(factor: Factor) -> Tensor:
        if factor.values:
            return torch.randint(factor.values, (count,), generator=random)
        return factor.low + (factor.high - factor.low) * torch.rand(count, generator=random)

    return _table(factors, [column(f) for f in factors])


def grid(factors: Sequence[Factor]) -> Tensor:
    """Every combination of discrete factors, int64 `[n, F]`, the last factor changing first."""
    sizes = [f.values or 1 for f in factors]
    return torch.stack(torch.unravel_index(torch.arange(prod(sizes)), sizes), 1)


def observed(
    truth: GroundTruth, table: Tensor, rows: Tensor | None = None, labelled: Tensor | None = None
) -> Split:
    """The fields of examples whose factors are `table[rows]`; all are labelled unless it is said which."""
    count = len(table) if rows is None else len(rows)
    measured = [i for i, f in enumerate(truth.factors) if f.measured]
    factors = [truth.factors[i] for i in measured]
    values = torch.tensor([[f.values or 0 for f in factors]])
    split: Split = {
        "x": Computed(table, rows, work=Observing(truth)),
        FACTORS: Column(_table(factors, [table[:, i] for i in measured]), rows),
        "values": Column(values, torch.zeros(count, dtype=torch.int64)),
        "labelled": Column(torch.ones(count, dtype=torch.bool) if labelled is None else labelled),
    }
    for factor, column in zip(truth.factors, table.unbind(1), strict=True):
        split[factor.name] = Column(column.long() if factor.values else column, rows)
    return split


def _table(factors: Sequence[Factor], columns: Sequence[Tensor]) -> Tensor:
    whole = all(f.values for f in factors)
    return torch.stack([c.long() if whole else c.float() for c in columns], 1)


def _training(request: Request, factors: Sequence[Factor], random: Generator) -> Tensor:
    if request.options["examples"] is not None:
        return draw(factors, request.count("examples"), random)
    everything = all(f.values for f in factors) and prod(f.values or 1 for f in factors) <= DRAWS
    return grid(factors) if everything else draw(factors, DRAWS, random)


def _partly_labelled(
    request: Request, truth: GroundTruth, train: Tensor, random: Generator
) -> dict[str, Split]:
    """As many examples as there are, and as many again of the labelled ones, so that batches have both."""
    labels = request.count("labels")
    if labels > len(train):
        fault = TooFewExamples(span=request.span, data=request.name, asked=labels, available=len(train))
        raise ProgramError((fault,))
    chosen = torch.randperm(len(train), generator=random)[:labels]
    kept = chosen[: labels - labels // 10]
    every = torch.arange(len(train))
    rows = torch.cat((every, kept[every % len(kept)]))
    parts = {"train": observed(truth, train, rows, torch.arange(len(rows)) >= len(train))}
    if labels // 10:
        parts["validation"] = observed(truth, train, chosen[len(kept) :])
    return parts
