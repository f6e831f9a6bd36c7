"""Every program in the documents is right, or shows a mistake and says so."""

from __future__ import annotations

import pytest
from pages import Block, Page, blocks, place

from scgc.checking import check
from scgc.diagnostics.render import render_all
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.syntax import ast

ALL = blocks("scg")
RIGHT = [(p, b) for p, b in ALL if "wrong" not in b.words]
WRONG = [(p, b) for p, b in ALL if "wrong" in b.words]


@pytest.mark.parametrize(("page", "block"), RIGHT, ids=place)
def test_programs_are_right(page: Page, block: Block) -> None:
    source = Source(f"{page.name}:{block.line}", block.text)
    variants = [d.name for d in Compilation(source).tree.declarations if isinstance(d, ast.Variant)]
    for variant in (None, *variants):
        compilation = Compilation(source, variant)
        wrong = [d for d in compilation.diagnostics if d.severity == "error"]
        assert not wrong, render_all(wrong)
        assert compilation.python


@pytest.mark.parametrize(("page", "block"), WRONG, ids=place)
def test_mistakes_are_told(page: Page, block: Block) -> None:
    assert check(Compilation(Source(f"{page.name}:{block.line}", block.text)))


def test_the_words_of_blocks_are_known() -> None:
    known = {"scg": {"wrong"}, "console": {"not-replayed"}, "python": {"not-run"}}
    for page, block in [(p, b) for language in known for p, b in blocks(language)]:
        assert set(block.words) <= known[block.language], f"{page.name}:{block.line}"
