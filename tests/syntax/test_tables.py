"""The parser's tables are kept between processes; whatever lies there, the parser is the grammar's."""

from __future__ import annotations

from pathlib import Path

import pytest

from scgc.resources import folder
from scgc.syntax import tables

GRAMMAR = (folder("grammar") / "scg.lark").read_text(encoding="utf-8")
TEXT = (folder("programs") / "mnist_addition.scg").read_text(encoding="utf-8")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "scgc"


def test_what_was_kept_parses_as_what_was_made(kept: Path) -> None:
    made = tables.load(GRAMMAR)
    [path] = kept.iterdir()
    before = path.read_bytes()
    again = tables.load(GRAMMAR)
    assert again.parse(TEXT, start="program") == made.parse(TEXT, start="program")
    assert again.source_path == "<deserialized>" != made.source_path
    assert path.read_bytes() == before


def test_another_grammar_has_another_file(kept: Path) -> None:
    tables.load(GRAMMAR)
    tables.load(GRAMMAR + "\n")
    assert len(list(kept.iterdir())) == 2


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", '{"data": {}, "memo": {}}', "\xff", "null"])
def test_a_damaged_file_is_made_anew(kept: Path, content: str) -> None:
    tables.load(GRAMMAR)
    [path] = kept.iterdir()
    path.write_bytes(content.encode("latin-1"))
    assert tables.load(GRAMMAR).source_path != "<deserialized>"
    assert tables.load(GRAMMAR).source_path == "<deserialized>"


def test_without_a_place_to_keep_it_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "no_folder"
    file.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    assert tables.load(GRAMMAR).parse(TEXT, start="program")
