"""The canonical text of a program: `scgc fmt`.

The tokens stay as they are, in their order, with every comment; only the space between them changes. `items`
finds the statements and their comments, `spacing` the spaces in a line, `breaking` the lines of a statement,
and `align` keeps what the writer aligned; here the blocks are laid out.
"""

from __future__ import annotations

from dataclasses import replace

from scgc.diagnostics.base import CompilerBug
from scgc.source import Source
from scgc.syntax.align import render
from scgc.syntax.breaking import STEP, Line, chosen_breaks, lines
from scgc.syntax.errors import tokens_and_tree
from scgc.syntax.items import COMMENT, Block, Item, Piece, items, pieces
from scgc.syntax.spacing import Cell, spaced, width

LONGEST_BLOCK = 110
"""Columns of a whole block on one line, where it may stand in a table of variants."""


def format_source(source: Source) -> str:
    """The canonical text of a program.

    It parses to the same tree, holds the same comments, and formatting it again changes nothing. Raises
    ProgramError where the source does not parse.
    """
    before = _pieces(source)
    found, ending = items(before)
    laid_out = _items(found, 0) + _comments(ending, 0)
    if laid_out:
        laid_out[0].blank = False
    text = render(laid_out)
    after = _pieces(Source(source.path, text))
    if [(p.type, p.text) for p in before] != [(p.type, p.text) for p in after]:
        raise CompilerBug(f"formatting changed the program {source.path}")
    return text


def _pieces(source: Source) -> list[Piece]:
    return pieces(source, *tokens_and_tree(source))


def _items(found: list[Item], indent: int) -> list[Line]:
    laid_out: list[Line] = []
    for item in found:
        own = _item(item, indent)
        own[0].blank = item.tokens[0].blank
        laid_out += _comments(item.comments, indent) + own
    return laid_out


def _comments(comments: list[Piece], indent: int) -> list[Line]:
    return [Line(indent, [Cell(comment, 0, 0)], comment.blank) for comment in comments]


def _item(item: Item, indent: int) -> list[Line]:
    short = _short(item)
    if short is not None and indent + width(short) <= LONGEST_BLOCK:
        laid_out = [Line(indent, short)]
    else:
        laid_out = _long(item, [], indent)
    if remark := item.parts()[-1].remark:
        laid_out[-1].cells.append(_remark(remark))
    return laid_out


def _long(item: Item, before: list[Piece], indent: int) -> list[Line]:
    """An item with its blocks on lines of their own; `before` is the closing brace in front of an `else`."""
    cells = spaced([*before, *item.tokens])
    if item.block is None:
        return lines(cells, indent)
    head = lines([*cells, _brace(item.block.opening, cells)], indent)
    if item.block.remark:
        head[-1].cells.append(_remark(item.block.remark))
    inside = _items(item.block.items, indent + STEP) + _comments(item.block.ending, indent + STEP)
    if inside:
        inside[0].blank = False
    laid_out = [*head, *inside]
    if item.orelse is None:
        return [*laid_out, Line(indent, [Cell(item.block.closing, 0, 0)])]
    if item.remark is None and not item.orelse.comments:
        return laid_out + _long(item.orelse, [item.block.closing], indent)
    closing = [Cell(item.block.closing, 0, 0), *([_remark(item.remark)] if item.remark else [])]
    own = [Line(indent, closing), *_comments(item.orelse.comments, indent)]
    return laid_out + own + _long(item.orelse, [], indent)


def _brace(brace: Piece, before: list[Cell]) -> Cell:
    return Cell(brace, 1 if before else 0, 0)


def _short(item: Item) -> list[Cell] | None:
    """An item with blocks on one line: if its writer put it there, nothing in it needs a line of its own, and
    a net has but one statement."""
    parts = item.parts()
    if any(part.remark or (part.orelse and part.orelse.comments) for part in parts[:-1]):
        return None
    cells: list[Cell] = []
    for part in parts:
        head = spaced(part.tokens)
        block = _short_block(head, part.block) if part.block else None
        if block is None or (cells and part.tokens[0].line != cells[-1].piece.line):
            return None
        cells += [replace(head[0], gap=1), *head[1:], *block] if cells else [*head, *block]
    return cells


def _short_block(head: list[Cell], block: Block) -> list[Cell] | None:
    """The braces and what stands between them, to follow the head on one line."""
    within = block.items
    inside = [cell for item in within for cell in spaced(item.tokens)]
    comments = block.remark or block.ending or any(item.remark or item.comments for item in within)
    if comments or any(item.block for item in within) or chosen_breaks(head):
        return None
    if any(cell.piece.type == COMMENT for cell in [*head, *inside]):
        return None
    if within and (within[0].tokens[0].line != block.opening.line or (_is_net(head) and len(within) > 1)):
        return None
    cells = [_brace(block.opening, head)]
    for index, item in enumerate(within):
        own = spaced(item.tokens)
        if chosen_breaks(own):
            return None
        cells += [replace(own[0], gap=2 if index else 1), *own[1:]]
    return [*cells, Cell(block.closing, 1 if within else 0, 0)]


def _is_net(head: list[Cell]) -> bool:
    return head[0].piece.type in ("NET", "FN")


def _remark(comment: Piece) -> Cell:
    return Cell(comment, 2, 0)
