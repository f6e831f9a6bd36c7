"""Knowledge graphs as arrays: random walks, and what can be reached along a path of relations.

Relation r of n leads from a triple's head to its tail and relation r + n back, its reciprocal. Everything is
tensor work on many walks or queries at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Triples:
    """A graph's facts as published: int64 `[n, 3]` of head, relation, tail in each part.

    entities, relations: how many there are; reciprocal relations are not counted.
    """

    entities: int
    relations: int
    train: Tensor
    valid: Tensor
    test: Tensor

    def whole(self) -> Tensor:
        """Those of all parts."""
        return torch.cat((self.train, self.valid, self.test))


@dataclass(frozen=True)
class Graph:
    """Triples by head and relation, in compressed rows.

    relations: how many there are, reciprocals among them.
    offsets: int64 `[entities * relations + 1]`; entity e and relation r lead to
    `tails[offsets[e * relations + r] : offsets[e * relations + r + 1]]`, each tail once.
    """

    entities: int
    relations: int
    offsets: Tensor
    tails: Tensor

    @classmethod
    def of(cls, triples: Tensor, entities: int, relations: int, *, inverse: bool = True) -> Graph:
        """The graph of triples `[n, 3]` with `relations` relations; with `inverse` they lead both ways."""
        if inverse:
            triples = torch.cat((triples, reciprocal(triples, relations)))
        head, relation, tail = triples.unbind(1)
        both = 2 * relations
        edges = torch.unique((head * both + relation) * entities + tail)
        counts = torch.bincount(edges // entities, minlength=entities * both)
        offsets = torch.cat((torch.zeros(1, dtype=torch.int64), counts.cumsum(0)))
        return cls(entities, both, offsets, edges % entities)

    def ranges(self) -> Tensor:
        """Which entities each relation leads to from anywhere, bool `[relations, entities]`."""
        relation = torch.arange(len(self.offsets) - 1) % self.relations
        found = torch.zeros(self.relations, self.entities, dtype=torch.bool)
        found[relation.repeat_interleave(self.offsets.diff()), self.tails] = True
        return found

    def to(self, device: torch.device | str) -> Graph:
        return Graph(self.entities, self.relations, self.offsets.to(device), self.tails.to(device))


def reciprocal(triples: Tensor, relations: int) -> Tensor:
    """The triples read from tail to head."""
    return triples.flip(1) + torch.tensor([0, relations, 0])


def walk(graph: Graph, count: int, length: int, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Random walks: heads, relations `[n, length]` and tails; n is `count` less those that got stuck.

    The start is uniform among the entities that any relation leaves; then each step draws a relation among
    those that leave the entity and an entity among those that it leads to, both uniformly (Guu et al. 2015;
    thesis 6.1.2). A walk may go back the way it came.
    """
    pairs = graph.offsets.diff().nonzero().squeeze(1)
    first = torch.searchsorted(pairs, torch.arange(graph.entities + 1) * graph.relations)
    starts = first.diff().nonzero().squeeze(1)
    head = starts[_below(torch.tensor(len(starts)).expand(count), random)]
    kept, at = torch.arange(count), head
    steps: list[Tensor] = []
    for _ in range(length):
        relations = first[at + 1] - first[at]
        moving = relations > 0
        kept, at, relations = kept[moving], at[moving], relations[moving]
        steps = [step[moving] for step in steps]
        pair = pairs[first[at] + _below(relations, random)]
        steps.append(pair % graph.relations)
        begin, end = graph.offsets[pair], graph.offsets[pair + 1]
        at = graph.tails[begin + _below(end - begin, random)]
    return head[kept], torch.stack(steps, 1), at


def _below(counts: Tensor, random: torch.Generator) -> Tensor:
    """A uniform whole number below each count."""
    return (torch.rand(len(counts), dtype=torch.float64, generator=random) * counts).long()


@dataclass(frozen=True)
class Reach:
    """The entities that queries lead to: rows of head, number of hops, relations to bool `[b, entities]`.

    A frontier of (query, entity) pairs moves over all edges of each hop at once and is then thinned out to
    distinct pairs; a batch needs the memory of its truth values, and of the edges of one hop.
    """

    graph: Graph

    def __call__(self, rows: Tensor) -> Tensor:
        query, at = torch.arange(len(rows), device=rows.device), rows[:, 0]
        hops, path = rows[:, 1], rows[:, 2:]
        seen = self._mark(query, at, len(rows))
        for i in range(int(hops.max()) if len(rows) else 0):
            moving = i < hops.index_select(0, query)
            there = self._step(query[moving], at[moving], path[:, i])
            query, at = (torch.cat(parts) for parts in zip((query[~moving], at[~moving]), there, strict=True))
            seen = self._mark(query, at, len(rows))
            flat = _places(seen)
            query = flat // self.graph.entities
            at = flat - query * self.graph.entities
        return seen

    def _step(self, query: Tensor, at: Tensor, relation: Tensor) -> tuple[Tensor, Tensor]:
        """Along one relation of each query, `[b]`: pairs of a query and an entity, some several times."""
        pair = at * self.graph.relations + relation.index_select(0, query)
        begin = self.graph.offsets.index_select(0, pair)
        counts = self.graph.offsets.index_select(0, pair + 1) - begin
        shift = (begin - counts.cumsum(0) + counts).repeat_interleave(counts)
        edges = shift + torch.arange(len(shift), device=at.device)
        return query.repeat_interleave(counts), self.graph.tails.index_select(0, edges)

    def _mark(self, query: Tensor, at: Tensor, queries: int) -> Tensor:
        seen = torch.zeros(queries, self.graph.entities, dtype=torch.bool, device=at.device)
        seen.view(-1).index_fill_(0, query * self.graph.entities + at, True)
        return seen

    def to(self, device: torch.device | str) -> Reach:
        return Reach(self.graph.to(device))


def _places(seen: Tensor) -> Tensor:
    """Where a tensor holds, counted through; on a CPU by NumPy, which takes a tenth of the time."""
    if seen.device.type == "cpu":
        return torch.from_numpy(np.flatnonzero(seen.numpy()))
    return seen.view(-1).nonzero().squeeze(1)
