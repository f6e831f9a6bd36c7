"""Paths through a knowledge graph: drawn, and kept apart between training, validation and testing.

Of each length, training has as many random walks over the training triples as there are training triples.
Validation and testing have as many walks over all triples as there are validation and test triples, none of
them twice, in each other or in training (thesis 6.1.2). Read from its end, with reciprocal relations, a path
counts as the same one: training sees both directions. The triples are the paths of length 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scgc.data.graphs import Graph, Triples, walk

ROUNDS = 20
"""How often walks are drawn until enough new ones are found; a small graph may not have that many."""


@dataclass(frozen=True)
class Paths:
    """Paths of one length: `head` and `tail` `[n]`, `relations` `[n, length]`, all int64."""

    head: Tensor
    relations: Tensor
    tail: Tensor

    def __len__(self) -> int:
        return len(self.head)

    def first(self, count: int | None) -> Paths:
        """The first `count` of them, or all."""
        return Paths(self.head[:count], self.relations[:count], self.tail[:count])

    def chosen(self, rows: Tensor) -> Paths:
        return Paths(self.head[rows], self.relations[rows], self.tail[rows])

    def reversed(self, relations: int) -> Paths:
        """From tail to head; `relations` counts those that have a reciprocal."""
        back = self.relations.flip(1)
        return Paths(self.tail, torch.where(back < relations, back + relations, back - relations), self.head)

    def keys(self, relations: int) -> Tensor:
        """A number for each, the same for the path read from its end.

        Numbers of 64 bits: two paths that share one by chance would only cost one of them.
        """
        return torch.minimum(self._hash(), self.reversed(relations)._hash())

    def _hash(self) -> Tensor:
        found = torch.full((len(self),), 0x1B873593, dtype=torch.int64)
        for column in (self.head, *self.relations.unbind(1), self.tail):
            found = (found ^ (column + 1)) * 0x2545F4914F6CDD1D
            found = found ^ (found >> 29)
        return found


def draw(triples: Triples, length: int, *, inverse: bool) -> dict[str, Paths]:
    """The paths of one length in each part, in random order, the same in every run and for other lengths.

    inverse: whether walks also go from a triple's tail to its head.
    """
    random = torch.Generator().manual_seed(length)
    if length == 1:
        parts = (("train", triples.train), ("validation", triples.validation), ("test", triples.test))
        return {name: _shuffled(part, random) for name, part in parts}
    size = triples.entities, triples.relations
    seen = Graph.of(triples.train, *size, inverse=inverse)
    unseen = Graph.of(triples.whole(), *size, inverse=inverse)
    train = _walks(seen, len(triples.train), length, random)
    taken = train.keys(triples.relations)
    valid = _new_walks(unseen, len(triples.validation), taken, length, random)
    taken = torch.cat((taken, valid.keys(triples.relations)))
    test = _new_walks(unseen, len(triples.test), taken, length, random)
    return {"train": train, "validation": valid, "test": test}


def _shuffled(triples: Tensor, random: torch.Generator) -> Paths:
    head, relation, tail = triples[torch.randperm(len(triples), generator=random)].unbind(1)
    return Paths(head, relation[:, None], tail)


def _walks(graph: Graph, count: int, length: int, random: torch.Generator) -> Paths:
    """As they come; where walks get stuck, further ones are drawn."""
    found = [Paths(*walk(graph, count, length, random))]
    for _ in range(ROUNDS):
        missing = count - sum(map(len, found))
        if missing <= 0:
            break
        found.append(Paths(*walk(graph, 2 * missing, length, random)))
    return join(found).first(count)


def _new_walks(graph: Graph, count: int, taken: Tensor, length: int, random: torch.Generator) -> Paths:
    """Different ones, none of those with the keys `taken`."""
    found = [_walks(graph, 0, length, random)]
    for _ in range(ROUNDS):
        missing = count - sum(map(len, found))
        if missing <= 0:
            break
        more = Paths(*walk(graph, missing + missing // 2 + 1, length, random))
        keys = more.keys(graph.relations // 2)
        new = (first_of_each(keys) & ~torch.isin(keys, taken)).nonzero().squeeze(1)[:missing]
        found.append(more.chosen(new))
        taken = torch.cat((taken, keys[new]))
    return join(found)


def first_of_each(keys: Tensor) -> Tensor:
    """Which entries `[n]` are the first of their value."""
    order = keys.argsort(stable=True)
    ordered = keys[order]
    first = torch.ones(len(keys), dtype=torch.bool)
    first[order[1:]] = ordered[1:] != ordered[:-1]
    return first


def join(parts: list[Paths]) -> Paths:
    """Paths of one length, one after another."""
    return Paths(*(torch.cat([getattr(p, f) for p in parts]) for f in ("head", "relations", "tail")))
