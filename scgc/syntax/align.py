"""Columns of the formatter's lines: what the writer aligned stays aligned.

Two tokens of one kind on consecutive lines are aligned if they stood in the same column and one of them
behind more spaces than usual; then both get the same column again. Comments behind code are aligned the same
way with each other, wherever in the file they stand.
"""

from __future__ import annotations

from collections import defaultdict

from scgc.syntax.breaking import Line
from scgc.syntax.items import COMMENT

Place = tuple[int, int]
"""A line of the output and a cell in it."""

_DEFINING = {"EQUAL", "TILDE", "UPDATE"}
"""The signs of a deterministic node, a stochastic one and a next value may stand below one another."""

_FAR = 12
"""A comment further than this behind the column of its group no longer belongs to it."""


def render(lines: list[Line]) -> str:
    """The text of the lines, each with its line break."""
    columns = _columns(lines)
    text = []
    for number, line in enumerate(lines):
        shown = ""
        for index, cell in enumerate(line.cells):
            shown = shown.ljust(columns[number, index]) + cell.piece.text
        text.append(("\n" if line.blank else "") + shown + "\n")
    return "".join(text)


def _columns(lines: list[Line]) -> dict[Place, int]:
    columns: dict[Place, int] = {}
    ends = [line.indent for line in lines]
    whole = [len({cell.piece.line for cell in line.cells}) == 1 for line in lines]
    groups = _groups(lines, whole)
    for place in sorted(groups, key=lambda p: (_source_column(lines, p) if whole[p[0]] else p[1], p)):
        if place in columns:
            continue
        natural = {p: ends[p[0]] + (lines[p[0]].cells[p[1]].gap if p[1] else 0) for p in groups[place]}
        for member in groups[place]:
            columns[member] = max(natural.values())
            ends[member[0]] = columns[member] + len(lines[member[0]].cells[member[1]].piece.text)
    _comments(lines, columns, ends)
    return columns


def _groups(lines: list[Line], whole: list[bool]) -> dict[Place, list[Place]]:
    """Every cell that is no comment behind code, with those it is aligned with: of lines each of which stood
    as a whole on one line of the source."""
    groups: dict[Place, list[Place]] = {}
    for number, line in enumerate(lines):
        above = _alignable(lines, number - 1) if number and whole[number - 1] and not line.blank else {}
        for index in range(len(line.cells)):
            place = (number, index)
            partner = above.get(_source_column(lines, place)) if whole[number] and index else None
            if _is_remark(lines, place):
                continue
            if partner is not None and _aligned(lines, partner, place):
                groups[partner].append(place)
                groups[place] = groups[partner]
            else:
                groups[place] = [place]
    return groups


def _alignable(lines: list[Line], number: int) -> dict[int, Place]:
    """The cells of a line by their column in the source, but the first and a comment."""
    places = [(number, index) for index in range(1, len(lines[number].cells))]
    return {_source_column(lines, place): place for place in places if not _is_remark(lines, place)}


def _aligned(lines: list[Line], first: Place, second: Place) -> bool:
    one, other = (lines[number].cells[index].piece for number, index in (first, second))
    alike = one.type == other.type or {one.type, other.type} <= _DEFINING
    return alike and (_padded(lines, first) or _padded(lines, second))


def _padded(lines: list[Line], place: Place) -> bool:
    """Whether more spaces stood before a cell than the formatter would put."""
    number, index = place
    cell, before = lines[number].cells[index], lines[number].cells[index - 1].piece
    return cell.piece.column - before.column - len(before.text) > cell.gap


def _comments(lines: list[Line], columns: dict[Place, int], ends: list[int]) -> None:
    """Give every comment behind code its column."""
    by_column: dict[int, list[Place]] = defaultdict(list)
    for number, line in enumerate(lines):
        place = (number, len(line.cells) - 1)
        if _is_remark(lines, place):
            columns[place] = ends[number] + line.cells[-1].gap
            by_column[_source_column(lines, place)].append(place)
    for column, places in by_column.items():
        near = [place for place in places if columns[place] <= column + _FAR]
        if len(near) > 1 and any(_padded(lines, place) for place in near):
            common = max(column, *(columns[place] for place in near))
            columns.update(dict.fromkeys(near, common))


def _is_remark(lines: list[Line], place: Place) -> bool:
    number, index = place
    return index > 0 and lines[number].cells[index].piece.type == COMMENT


def _source_column(lines: list[Line], place: Place) -> int:
    return lines[place[0]].cells[place[1]].piece.column
