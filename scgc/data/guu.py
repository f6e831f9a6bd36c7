"""The files of Guu et al. 2015: a line holds a source entity, a path and a target entity between tabs, and a
path relations between commas, reciprocal ones marked `**`: `mary<TAB>parent,**teaches<TAB>john`.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from scgc.data.archives import Member, Published, Roles
from scgc.data.graphs import Graph
from scgc.data.paths import Paths
from scgc.data.request import Request
from scgc.data.triples import Numbering, whole_numbers

ROLES: Roles = {
    "train": ("train", "train.txt"),
    "validation": ("dev", "dev.txt"),
    "test": ("test", "test.txt"),
}
MARK = "**"


@dataclass(frozen=True)
class PathFiles:
    """The queries of each part by length, with entities and relations numbered by their names."""

    entities: int
    relations: int
    parts: Mapping[str, Mapping[int, Paths]]

    def paths(self, part: str, length: int) -> list[Paths]:
        """The queries of one length, if there are any."""
        found = self.parts[part].get(length)
        return [] if found is None else [found]

    def graph(self) -> Graph:
        """That of all queries of length 1."""
        facts = [p for part in self.parts.values() for length, p in part.items() if length == 1]
        edges = [torch.stack((p.head, p.relations[:, 0], p.tail), 1) for p in facts]
        triples = torch.cat([*edges, torch.zeros(0, 3, dtype=torch.int64)])
        back = triples[:, 1:2] >= self.relations
        turned = triples.flip(1) - torch.tensor([0, self.relations, 0])
        return Graph.of(torch.where(back, turned, triples), self.entities, self.relations)


def read_path_files(request: Request, name: str) -> PathFiles:
    """The three files in a folder or archive. Raises ProgramError (SCG501, SCG502)."""
    ways = (
        f"put a folder `{name}` with the authors' files train, dev and test into DIR and give `--data DIR`."
    )
    published = Published(request, name, ways)
    files = published.read(ROLES)
    reader = _Reader(published)
    read = {part: reader.read(file) for part, file in files.items()}
    entity, relation = reader.entities.order(), reader.relations.order()
    parts = {
        part: {length: _paths(numbers, length, entity, relation) for length, numbers in by_length.items()}
        for part, by_length in read.items()
    }
    return PathFiles(len(entity), len(relation), parts)


class _Reader:
    """Lines to rows of numbers by length; a relation has twice its number, and one more if it is marked."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self.entities, self.relations = Numbering(), Numbering()
        self.known: dict[str, list[int]] = {}

    def read(self, file: Member) -> dict[int, array[int]]:
        found: dict[int, array[int]] = {}
        for number, (head, text, tail) in self.published.lines(file):
            path = self.known.get(text)
            if path is None:
                self.known[text] = path = [self._step(name) for name in text.split(",")]
                if -1 in path:
                    raise self.published.damaged(file.path, f"line {number} has a relation without a name")
            rows = found.setdefault(len(path), array("q"))
            rows.extend((self.entities.of(head), *path, self.entities.of(tail)))
        return found

    def _step(self, name: str) -> int:
        """-1 where there is no name."""
        marked = name.startswith(MARK)
        name = name.removeprefix(MARK)
        return 2 * self.relations.of(name) + marked if name else -1


def _paths(numbers: array[int], length: int, entity: Tensor, relation: Tensor) -> Paths:
    rows = whole_numbers(numbers).reshape(-1, length + 2)
    path = rows[:, 1:-1]
    return Paths(entity[rows[:, 0]], relation[path // 2] + path % 2 * len(relation), entity[rows[:, -1]])
