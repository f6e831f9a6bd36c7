"""Knowledge graphs as published: `train.txt`, `valid.txt`, `test.txt`, a line for each fact with head,
relation and tail between tabs. Entities and relations are numbered in the order of their names over all
three files.
"""

from __future__ import annotations

import re
from array import array

import numpy as np
import torch
from torch import Tensor

from scgc.data.archives import Published, Roles
from scgc.data.graphs import Triples
from scgc.data.request import PARTS, Request

ROLES: Roles = {
    "train": ("train.txt", "train"),
    "validation": ("valid.txt", "valid", "dev.txt", "dev"),
    "test": ("test.txt", "test"),
}
SOURCES = {
    "fb15k237": "FB15K-237.2.zip of https://www.microsoft.com/en-us/download/details.aspx?id=52312",
    "wn18rr": "WN18RR.tar.gz of https://github.com/TimDettmers/ConvE",
}
"""Where the files are; nothing is downloaded, for no checksums are published with them."""


class Numbering:
    """Names numbered as they come; `order` renumbers them by name."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def of(self, name: str) -> int:
        """The number of a name for now."""
        return self.numbers.setdefault(name, len(self.numbers))

    def order(self) -> Tensor:
        """The lasting number of each, `[names]`: its place among all names, sorted by code points."""
        sorted_ = torch.tensor([self.numbers[name] for name in sorted(self.numbers)], dtype=torch.int64)
        return sorted_.argsort()


def read_triples(request: Request, name: str) -> Triples:
    """The graph that the user's files hold. Raises ProgramError (SCG501, SCG502)."""
    published = Published(request, name, ways_out(name))
    files = published.read(ROLES)
    entities, relations = Numbering(), Numbering()
    parts = []
    for part in PARTS:
        numbers = array("q")
        for _, (head, relation, tail) in published.lines(files[part]):
            numbers.extend((entities.of(head), relations.of(relation), entities.of(tail)))
        parts.append(whole_numbers(numbers).reshape(-1, 3))
    entity, relation_ = entities.order(), relations.order()
    final = [torch.stack((entity[p[:, 0]], relation_[p[:, 1]], entity[p[:, 2]]), 1) for p in parts]
    return Triples(len(entities), len(relations), *final)


def whole_numbers(numbers: array[int]) -> Tensor:
    """An array of kind "q" as a tensor of its own."""
    return torch.from_numpy(np.array(numbers, np.int64))


def ways_out(name: str) -> str:
    """How a user gets the files."""
    own = f"a folder `{name}` with train.txt, valid.txt and test.txt (head, relation and tail between tabs)"
    files = SOURCES.get(re.sub(r"[\W_]", "", name.casefold()), own)
    return f"put {files} into DIR and give `--data DIR` or set SCGC_DATA=DIR; `torus` needs no files."
