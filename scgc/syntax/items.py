"""A program as the formatter sees it: declarations, statements and settings as tokens, with their comments.

The parser drops comments; here they are found again in the gaps between its tokens, and every one is given to
the item it stands before, behind or inside of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scgc.source import Source
from scgc.syntax.tree import Token, Tree

_ITEMS = {
    "header", "use", "dim", "size", "input", "param", "net", "extern", "schedule", "assign", "draw",
    "update", "for", "if", "halt", "return", "loss", "metric", "train", "evaluate", "variant", "sweep",
    "setting", "minimize",
}  # fmt: skip
"""The grammar's rules for what stands on lines of its own."""

COMMENT = "COMMENT"
_COMMENT = re.compile(r"#[^\n]*")


@dataclass(frozen=True)
class Piece:
    """A token or comment, with where it stood: `line` from 1, `column` from 0.

    first: nothing stands before it on its line. blank: an empty line stands above it.
    """

    type: str
    text: str
    line: int
    column: int
    first: bool
    blank: bool
    begins_item: bool


@dataclass
class Block:
    """`{ ... }`: `remark` stands behind the opening brace, `ending` are comments before the closing one."""

    opening: Piece
    remark: Piece | None
    items: list[Item]
    ending: list[Piece]
    closing: Piece


@dataclass
class Item:
    """comments: those on lines of their own above it; `remark`: the one behind it on its last line.

    orelse: the `else ...` behind its block; comments above that are those before the word.
    """

    comments: list[Piece]
    tokens: list[Piece] = field(default_factory=list)
    block: Block | None = None
    remark: Piece | None = None
    orelse: Item | None = None

    def parts(self) -> list[Item]:
        """The item, and every `else` that follows it."""
        return [self, *(self.orelse.parts() if self.orelse else [])]


def pieces(source: Source, tokens: list[Token], tree: Tree) -> list[Piece]:
    """The tokens and comments in the order of the text; the function `where` is a name like any other."""
    parts = [*tree.walk()]
    starts = {part.start for part in parts if part.data in _ITEMS}
    calls = {part.start for part in parts if part.data == "where_call"}
    found: list[Piece] = []
    end, before = 0, ""
    for token in [*tokens, None]:
        start = len(source.text) if token is None else token.start
        for comment in _COMMENT.finditer(source.text, end, start):
            _append(found, source, COMMENT, comment[0].rstrip(), comment.start(), False)
        if token is not None:
            kind = "NAME" if token.type == "WHERE" and start in calls else token.type
            _append(found, source, kind, str(token), start, start in starts and before != "ELSE")
            end, before = start + len(token), token.type
    return found


def _append(found: list[Piece], source: Source, kind: str, text: str, start: int, begins: bool) -> None:
    line, column = source.position(start)
    above = found[-1].line if found else 0
    found.append(Piece(kind, text, line, column - 1, line > above, line > above + 1, begins))


def items(found: list[Piece]) -> tuple[list[Item], list[Piece]]:
    """The items of a program, and the comments after the last one."""
    result, ending, _ = _items(found, 0)
    return result, ending


def _items(found: list[Piece], at: int) -> tuple[list[Item], list[Piece], int]:
    """Items up to a closing brace or the end; also the comments before that, and where it is."""
    result: list[Item] = []
    while True:
        code = _next_code(found, at)
        comments = found[at:code]
        if code == len(found) or found[code].type == "RBRACE":
            return result, comments, code
        item, at = _item(found, code, comments)
        result.append(item)


def _item(found: list[Piece], at: int, comments: list[Piece]) -> tuple[Item, int]:
    item = Item(comments, [found[at]])
    at += 1
    while (code := _next_code(found, at)) < len(found):
        if found[code].begins_item or found[code].type == "RBRACE":
            break
        item.tokens += found[at:code]
        at = code + 1
        if found[code].type == "LBRACE":
            item.block, at = _block(found, code)
            break
        item.tokens.append(found[code])
    item.remark, at = _remark(found, at)
    code = _next_code(found, at)
    if item.block and code < len(found) and found[code].type == "ELSE":
        item.orelse, at = _item(found, code, found[at:code])
    return item, at


def _block(found: list[Piece], at: int) -> tuple[Block, int]:
    remark, inside = _remark(found, at + 1)
    within, ending, end = _items(found, inside)
    return Block(found[at], remark, within, ending, found[end]), end + 1


def _remark(found: list[Piece], at: int) -> tuple[Piece | None, int]:
    """A comment that stands behind code on its line."""
    if at < len(found) and found[at].type == COMMENT and not found[at].first:
        return found[at], at + 1
    return None, at


def _next_code(found: list[Piece], at: int) -> int:
    """Where the next token that is no comment stands."""
    while at < len(found) and found[at].type == COMMENT:
        at += 1
    return at
