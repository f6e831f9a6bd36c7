"""Where the formatter breaks one statement over lines.

Breaks that the writer chose are kept in front of the `|>` of a pipeline, and around comments. Everything else
is one line; what is too long breaks at the loosest sign: pipes, then clauses, commas and operators, those
outside of brackets first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from scgc.syntax.items import COMMENT
from scgc.syntax.spacing import Cell, width

LONGEST = 100
"""Columns of a statement on one line."""
STEP = 2

PIPE = "PIPE"
_LOOSENESS = {
    PIPE: 0,
    "VIA": 1,
    "PRIOR": 1,
    "OBSERVE": 1,
    "WHERE": 1,
    "OVER": 1,
    "WITH": 1,
    "COMMA": 2,
    "OR": 3,
    "AND": 3,
    "ADD": 4,
    "MULTIPLY": 5,
}
_EVERY = (0, 1)
"""Pipes and clauses begin a line each; of the others, a line takes as many as fit."""


@dataclass
class Line:
    """Cells on one line; `blank` asks for an empty line above."""

    indent: int
    cells: list[Cell]
    blank: bool = False


def lines(cells: list[Cell], indent: int) -> list[Line]:
    """A statement on as few lines as its writer's breaks and the line length allow."""
    broken: list[Line] = []
    for index, part in enumerate(_split(cells, chosen_breaks(cells))):
        own = indent if index == 0 else _continued(part[0], indent)
        broken += _fit(part, own, indent)
    return broken


def chosen_breaks(cells: list[Cell]) -> set[int]:
    """Before which cells the writer's breaks are kept."""
    chosen = set()
    for index, cell in enumerate(cells[1:], 1):
        before = cells[index - 1].piece
        kept = cell.piece.type == COMMENT or (cell.piece.type == PIPE and not cell.depth)
        if before.type == COMMENT or (cell.piece.first and kept):
            chosen.add(index)
        elif cell.piece.first and before.type == PIPE and not cell.depth:
            chosen.add(index - 1)
    return chosen - {0}


def _fit(cells: list[Cell], indent: int, base: int) -> list[Line]:
    if indent + width(cells) <= LONGEST:
        return [Line(indent, cells)]
    ranks = {index: rank for index in range(1, len(cells)) if (rank := _rank(cells, index)) is not None}
    if not ranks:
        return [Line(indent, cells)]
    best = min(ranks.values())
    places = {index for index, rank in ranks.items() if rank == best}
    if best[1] not in _EVERY:
        places = _filled(cells, places, indent, base)
    broken: list[Line] = []
    for index, part in enumerate(_split(cells, places)):
        own = indent if index == 0 else _continued(part[0], base)
        broken += _fit(part, own, base) if len(part) < len(cells) else [Line(own, part)]
    return broken


def _rank(cells: list[Cell], index: int) -> tuple[int, int] | None:
    """How tightly a cell is bound to the one before: the depth in brackets, then the sign; None: always."""
    cell, before = cells[index], cells[index - 1]
    if before.piece.type == "COMMA":
        return before.depth, _LOOSENESS["COMMA"]
    if cell.gap and cell.piece.type in _LOOSENESS:
        return cell.depth, _LOOSENESS[cell.piece.type]
    return None


def _filled(cells: list[Cell], places: set[int], indent: int, base: int) -> set[int]:
    """Of the places, those that are needed when each line takes as much as fits."""
    needed: set[int] = set()
    begin = 0
    ordered = [*sorted(places), len(cells)]
    for place, following in pairwise(ordered):
        own = indent if begin == 0 else _continued(cells[begin], base)
        if own + width(cells[begin:following]) > LONGEST:
            needed.add(place)
            begin = place
    return needed or {ordered[0]}


def _continued(first: Cell, base: int) -> int:
    return base + STEP * (1 + first.depth)


def _split(cells: list[Cell], places: set[int]) -> list[list[Cell]]:
    edges = [0, *sorted(places), len(cells)]
    return [cells[a:b] for a, b in pairwise(edges) if a < b]
