"""Paths as the examples of a data set of queries: head and path are given, the tail is asked for.

What the data sets of paths have in common: their options, their fields, and what the measures need.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import pad

from scgc.data.columns import Column, Computed, Loaded, Split
from scgc.data.graphs import Graph, Reach
from scgc.data.paths import Paths
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import TooFewExamples

Source = Callable[[str, int], list[Paths]]
"""The paths of a part ("train", "validation", "test") and a length; several lists, for several directions."""


def load_queries(
    request: Request, source: Source, graph: Callable[[], Graph], dims: dict[str, int]
) -> Loaded:
    """Training on `lengths`, validation and testing on `test_lengths`, `per_length` queries of each.

    graph: where the answers are looked up. Raises ProgramError (SCG215, SCG509).
    """
    lengths = _lengths(request, "lengths")
    tested = lengths if request.options["test_lengths"] is None else _lengths(request, "test_lengths")
    limit = None if request.options["per_length"] is None else request.count("per_length")
    whole = cache(graph)
    splits: dict[str, Split] = {}
    for part in request.parts:
        wanted = lengths if part == "train" else tested
        paths = [p.first(limit) for length in wanted for p in source(part, length)]
        if not sum(map(len, paths)):
            place = f"the {part} paths of length {', '.join(map(str, wanted))} of `{request.name}`"
            raise ProgramError((TooFewExamples(span=request.span, data=place, asked=1, available=0),))
        columns = Columns.of(paths, max(*lengths, *tested))
        splits[part] = columns.split() if part == "train" else columns.test_split(whole())
    return Loaded(splits, dims)


def _lengths(request: Request, option: str) -> list[int]:
    return sorted(set(request.counts(option)))


@dataclass(frozen=True)
class Columns:
    """Queries of several lengths: `head`, `tail` and `hops` `[n]`, `path` `[n, width]`, padded with 0."""

    head: Tensor
    path: Tensor
    tail: Tensor
    hops: Tensor

    @classmethod
    def of(cls, paths: list[Paths], width: int) -> Columns:
        hops = [p.relations.shape[1] for p in paths]
        return cls(
            torch.cat([p.head for p in paths]),
            torch.cat([pad(p.relations, (0, width - n)) for p, n in zip(paths, hops, strict=True)]),
            torch.cat([p.tail for p in paths]),
            torch.cat([torch.full((len(p),), n) for p, n in zip(paths, hops, strict=True)]),
        )

    def split(self) -> Split:
        """The fields of training."""
        return {
            "head": Column(self.head),
            "path": Column(self.path, lengths=self.hops),
            "tail": Column(self.tail),
        }

    def test_split(self, graph: Graph) -> Split:
        """Those of testing, in one random order, so that the first examples stand for all.

        answers: what the query reaches. candidates: what its last relation reaches from anywhere.
        """
        order = torch.randperm(len(self.head), generator=torch.Generator().manual_seed(0))
        mixed = Columns(self.head[order], self.path[order], self.tail[order], self.hops[order])
        last = mixed.path.gather(1, mixed.hops[:, None] - 1).squeeze(1)
        queries = torch.cat((mixed.head[:, None], mixed.hops[:, None], mixed.path), 1)
        return {
            **mixed.split(),
            "answers": Computed(queries, work=Reach(graph)),
            "candidates": Column(graph.ranges(), last),
        }
