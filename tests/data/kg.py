"""A small graph by hand, its files, and slow answers out of Python sets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from scgc.data import data_sets
from scgc.data.columns import Loaded, Split
from scgc.data.options import option_values
from scgc.data.request import PARTS, Request
from scgc.diagnostics.base import ProgramError

FACTS = {
    "train": ["ann mother bob", "ann mother cid", "bob likes dora", "dora likes cid", "eve mother ann"],
    "valid": ["cid likes eve"],
    "test": ["eve likes fay", "dora likes bob"],
}
"""`fay` is in no training fact."""


def write(folder: Path, facts: dict[str, list[str]] = FACTS, ending: str = ".txt") -> Path:
    """The files in the official format."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, lines in facts.items():
        text = "".join("\t".join(line.split()) + "\n" for line in lines)
        (folder / f"{part}{ending}").write_text(text, encoding="utf-8")
    return folder


def read(name: str = "kg_paths", folder: Path | None = None, **options: Any) -> Loaded:
    """A data set with options beside its defaults; `parts` are those of the request."""
    declared = data_sets()[name]
    parts = options.pop("parts", PARTS)
    values = {**option_values(declared.parsed, {}, {}), **options}
    base = Path(__file__).parent
    return declared.read(Request(name, values, folder, base, parts=parts))


def refusal(call: Any) -> tuple[str, str]:
    """The code and the words of the one diagnostic that a call raises."""
    try:
        call()
    except ProgramError as error:
        (fault,) = error.diagnostics
        return fault.code, fault.words(fault.title) + " " + fault.words(fault.help)
    raise AssertionError("nothing was raised")


def edges(triples: torch.Tensor, relations: int) -> dict[tuple[int, int], set[int]]:
    """Where relations and their reciprocals lead, by (entity, relation)."""
    found: dict[tuple[int, int], set[int]] = {}
    for head, relation, tail in triples.tolist():
        found.setdefault((head, relation), set()).add(tail)
        found.setdefault((tail, relation + relations), set()).add(head)
    return found


def reached(graph: dict[tuple[int, int], set[int]], heads: Iterable[int], path: Iterable[int]) -> set[int]:
    """Every entity at the end of a path."""
    here = set(heads)
    for relation in path:
        here = {tail for head in here for tail in graph.get((head, relation), ())}
    return here


Query = tuple[int, tuple[int, ...], int]


def queries(split: Split) -> list[Query]:
    """(head, path, tail) of every example, without the padding."""
    lengths = split["path"].lengths
    assert lengths is not None
    rows = zip(
        split["head"].table.tolist(),
        split["path"].table.tolist(),
        lengths.tolist(),
        split["tail"].table.tolist(),
        strict=True,
    )
    return [(head, tuple(path[:hops]), tail) for head, path, hops, tail in rows]


def turned(query: Query, relations: int) -> Query:
    """The query from the tail back to the head."""
    head, path, tail = query
    return tail, tuple((r + relations) % (2 * relations) for r in reversed(path)), head


def sets(split: Split, name: str) -> list[set[int]]:
    """A field of truth values as sets of classes."""
    rows = split[name].take(torch.arange(len(split[name])))
    assert rows.dtype == torch.bool
    return [set(row.nonzero().squeeze(1).tolist()) for row in rows]


__all__ = ["FACTS", "edges", "queries", "reached", "read", "refusal", "sets", "turned", "write"]
