"""Knowledge graphs as arrays: random walks, and what can be reached along a path of relations.

Relation r of n leads from a triple's head to its tail and relation r + n back, its reciprocal. Everything
works on many walks or queries at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch import Tensor

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Triples:
    """A graph's facts as published: int64 `[n, 3]` of head, relation, tail in each part.

    entities, relations: how many there are; reciprocal relations are not counted.
    """

    entities: int
    relations: int
    train: Tensor
    validation: Tensor
    test: Tensor

    def whole(self) -> Tensor:
        """Those of all parts."""
        return torch.cat((self.train, self.validation, self.test))

    def among(self, count: int) -> Triples:
        """Those among the `count` entities with most training triples; entities and relations that are left
        are numbered anew, in the same order."""
        often = torch.bincount(self.train[:, [0, 2]].flatten(), minlength=self.entities)
        kept = torch.zeros(self.entities, dtype=torch.bool)
        kept[often.argsort(descending=True, stable=True)[:count]] = True
        parts = [p[kept[p[:, 0]] & kept[p[:, 2]]] for p in (self.train, self.validation, self.test)]
        used = torch.bincount(torch.cat(parts)[:, 1], minlength=self.relations) > 0
        entity, relation = kept.cumsum(0) - 1, used.cumsum(0) - 1
        parts = [torch.stack((entity[p[:, 0]], relation[p[:, 1]], entity[p[:, 2]]), 1) for p in parts]
        return Triples(int(kept.sum()), int(used.sum()), *parts)


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


class Reach:
    """The entities that queries lead to: rows of head, number of hops, relations to bool `[b, entities]`.

    One hop of a batch is one product of sparse matrices: row q of the left one marks the pairs of an entity
    that query q may be at and its next relation, the right one is the graph. Behind the pairs stand the
    entities once more, each leading to itself: there a query waits that has no hop left.
    """

    def __init__(self, graph: Graph, device: torch.device | str = "cpu") -> None:
        self.graph, self.device = graph, device
        loops = torch.arange(1, graph.entities + 1) + graph.offsets[-1]
        self.edges = _sparse(
            torch.cat((graph.offsets, loops)).numpy(),
            torch.cat((graph.tails, torch.arange(graph.entities))).numpy(),
            graph.entities,
        )

    def __call__(self, rows: Tensor) -> Tensor:
        numbers = rows.cpu().numpy()
        hops, path = numbers[:, 1], numbers[:, 2:]
        found = _sparse(np.arange(len(numbers) + 1), numbers[:, 0], self.graph.entities)
        for i in range(hops.max(initial=0)):
            query, at = self._pairs(found)
            step = at * self.graph.relations + path[query, i]
            waiting = len(self.graph.offsets) - 1 + at
            columns = np.where(i < hops[query], step, waiting)
            found = _sparse(found.indptr, columns, self.edges.shape[0]) @ self.edges
        seen = torch.zeros(len(rows), self.graph.entities, dtype=torch.bool)
        seen.numpy()[self._pairs(found)] = True
        return seen.to(self.device)

    def _pairs(self, found: sparse.csr_array) -> tuple[Numbers, Numbers]:
        """Query and entity of everything that is marked."""
        return np.arange(len(found.indptr) - 1).repeat(np.diff(found.indptr)), found.indices.astype(np.int64)

    def to(self, device: torch.device | str) -> Reach:
        """The answers on another device; they are worked out on the CPU."""
        return Reach(self.graph, device)


def _sparse(offsets: Numbers, columns: Numbers, width: int) -> sparse.csr_array:
    """Truth values that hold in the columns `columns[offsets[i] : offsets[i + 1]]` of row i."""
    shape = (len(offsets) - 1, width)
    return sparse.csr_array((np.ones(len(columns), dtype=bool), columns, offsets), shape)
