"""How many spaces the formatter puts between two tokens of one line, and how deep in brackets each stands."""

from __future__ import annotations

from dataclasses import dataclass

from scgc.syntax.items import COMMENT, Piece

_OPERAND_ENDS = {"NAME", "NUMBER", "STRING", "RPAR", "RSQB", "QUOTE", "CLASS"}
_TIGHT_BEFORE = {"RPAR", "RSQB", "COMMA", "DOT", "QUOTE"}
_TIGHT_AFTER = {"LPAR", "LSQB", "DOT"}


@dataclass(frozen=True)
class Cell:
    """A piece with the spaces before it and the brackets around it (those of its own statement)."""

    piece: Piece
    gap: int
    depth: int

    @property
    def width(self) -> int:
        return self.gap + len(self.piece.text)


def spaced(tokens: list[Piece]) -> list[Cell]:
    """The tokens of one item with canonical spaces."""
    cells: list[Cell] = []
    brackets: list[str] = []
    before: Piece | None = None
    sign = False  # whether the token before is a sign in front of its operand
    for piece in tokens:
        if piece.type in ("RPAR", "RSQB"):
            brackets.pop()
        gap = _gap(before, piece, sign, in_index=brackets[-1:] == ["LSQB"])
        cells.append(Cell(piece, gap, len(brackets)))
        if piece.type in ("LPAR", "LSQB"):
            brackets.append(piece.type)
        ends_operand = before is not None and before.type in _OPERAND_ENDS
        sign = piece.type in ("ADD", "STAR") and not ends_operand
        before = piece
    return cells


def _gap(before: Piece | None, piece: Piece, sign: bool, in_index: bool) -> int:
    if before is None:
        return 0
    if piece.type == COMMENT:
        return 2
    if sign or piece.type in _TIGHT_BEFORE or before.type in _TIGHT_AFTER:
        return 0
    if in_index and (before.type == "COLON" or (piece.type == "COLON" and before.type != "COMMA")):
        return 0
    if piece.type in ("LPAR", "LSQB"):
        return int(before.type not in _OPERAND_ENDS)
    return 1


def width(cells: list[Cell]) -> int:
    """The length of cells on one line, without the gap before the first."""
    return sum(cell.width for cell in cells) - (cells[0].gap if cells else 0)
