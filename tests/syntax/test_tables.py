"""The parser's tables are kept between processes; whatever lies there, they are the grammar's."""

from __future__ import annotations

from pathlib import Path

import pytest

from scgc.resources import folder
from scgc.syntax import making, tables

GRAMMAR = (folder("grammar") / "scg.lark").read_text(encoding="utf-8")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "scgc"


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The grammars whose tables lark has made."""
    found: list[str] = []
    make = making.tables

    def counted(grammar: str) -> tables.Tables:
        found.append(grammar)
        return make(grammar)

    monkeypatch.setattr(making, "tables", counted)
    return found


def test_what_was_kept_is_what_was_made(kept: Path, made: list[str]) -> None:
    first = tables.load(GRAMMAR)
    [path] = kept.iterdir()
    before = path.read_bytes()
    again = tables.load(GRAMMAR)
    assert made == [GRAMMAR]
    assert path.read_bytes() == before
    assert (again.rows, again.goes, again.signs, again.patterns) == (
        [*first.rows], [*first.goes], first.signs, first.patterns,
    )  # fmt: skip
    assert [(r.data, r.size, [tuple(k) for k in r.kept]) for r in again.rules] == [
        (r.data, r.size, [tuple(k) for k in r.kept]) for r in first.rules
    ]


def test_another_grammar_has_another_file(kept: Path) -> None:
    tables.load(GRAMMAR)
    tables.load(GRAMMAR + "\n")
    assert len(list(kept.iterdir())) == 2


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", '{"rules": [], "scanners": []}', "\xff", "null"])
def test_a_damaged_file_is_made_anew(kept: Path, made: list[str], content: str) -> None:
    tables.load(GRAMMAR)
    [path] = kept.iterdir()
    path.write_bytes(content.encode("latin-1"))
    tables.load(GRAMMAR)
    assert len(made) == 2
    tables.load(GRAMMAR)
    assert len(made) == 2


def test_without_a_place_to_keep_it_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[str]
) -> None:
    file = tmp_path / "no_folder"
    file.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    assert tables.load(GRAMMAR).rows and tables.load(GRAMMAR).rows
    assert len(made) == 2
