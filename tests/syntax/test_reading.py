"""Texts are read as lark's own parser of the same grammar reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import lark
import pytest
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from scgc.ops import operators
from scgc.resources import folder
from scgc.syntax.making import lark_parser
from scgc.syntax.reading import END, Reader, Unreadable
from scgc.syntax.tree import Part, Tree

WRONG = sorted((Path(__file__).parents[1] / "golden" / "err").glob("*.scg"))
PROGRAMS = sorted(folder("programs").rglob("*.scg"))
OTHERS = ("", " \n", "# nothing", "extern netfoo(x : real) -> real = 'a'", "dim where = 3", "a = b c = -d")


@cache
def parser() -> lark.Lark:
    return lark_parser((folder("grammar") / "scg.lark").read_text(encoding="utf-8"))


@dataclass
class Found:
    """Tokens with their places; the tree, or else where reading stopped and what could have stood there."""

    tokens: list[tuple[str, str, int | None]]
    tree: object = None
    stop: object = None


def by_lark(text: str, start: str) -> Found:
    run = parser().parse_interactive(text, start=start)
    tokens: list[lark.Token] = []
    found = Found([])
    try:
        for token in run.iter_parse():
            tokens.append(token)
        found.tree = shown(run.feed_eof(tokens[-1] if tokens else None))  # type: ignore[no-untyped-call]
    except UnexpectedCharacters as error:
        found.stop = error.pos_in_stream
    except UnexpectedToken as error:
        at = None if error.token.type == END else error.token.start_pos
        found.stop = error.token.type, str(error.token), at, run.accepts()  # type: ignore[no-untyped-call]
    found.tokens = [(t.type, str(t), t.start_pos) for t in tokens]
    return found


def by_us(text: str, start: str) -> Found:
    reader = Reader(text, start)
    found = Found([])
    try:
        found.tree = shown(reader.read())
    except Unreadable as stop:
        at = None if stop.token is not None and stop.token.type == END else stop.at
        found.stop = stop.at if stop.token is None else (stop.token.type, str(stop.token), at, stop.accepted)
    found.tokens = [(t.type, str(t), t.start) for t in reader.tokens]
    return found


def shown(part: Part | lark.Tree[lark.Token] | lark.Token | None) -> object:
    """Every rule and token with its place."""
    match part:
        case lark.Tree():
            place = None if part.meta.empty else (part.meta.start_pos, part.meta.end_pos)
            return str(part.data), place, [shown(child) for child in part.children]
        case Tree():
            return part.data, None if part.empty else (part.start, part.end), [*map(shown, part.children)]
        case lark.Token():
            return part.type, str(part), part.start_pos, part.end_pos
        case None:
            return None
        case _:
            return part.type, str(part), part.start, part.end


@pytest.mark.parametrize("path", [*PROGRAMS, *WRONG], ids=lambda path: path.stem)
def test_programs_and_what_is_left_of_them(path: Path) -> None:
    text, random = path.read_bytes().decode("utf-8", errors="replace"), Random(path.stem)
    assert by_us(text, "program") == by_lark(text, "program")
    for _ in range(3):
        at = random.randrange(len(text) + 1)
        for broken in (text[:at], text[:at] + text[at + random.randrange(6) :]):
            assert by_us(broken, "program") == by_lark(broken, "program")


@pytest.mark.parametrize("text", OTHERS)
def test_short_texts(text: str) -> None:
    assert by_us(text, "program") == by_lark(text, "program")


def test_signatures() -> None:
    for overloads in operators().values():
        for operator in overloads:
            found = by_us(operator.signature, "signature")
            assert found.tree and found == by_lark(operator.signature, "signature")
