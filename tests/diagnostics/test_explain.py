"""`scgc explain`: every code has a page, and its programs are what they are said to be."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from scgc.cli.app import app
from scgc.diagnostics import CATALOGUE
from scgc.diagnostics.explain import Example, example, explain
from scgc.reference.shown import told

WITHOUT = {
    "SCG009": "no text",
}
"""Codes that one program cannot show; many of 5xx come up with a user's own files, or on another machine."""

EXAMPLES = {code: found for code in sorted(CATALOGUE) if (found := example(code)) is not None}


def codes(shown: str) -> list[str]:
    return re.findall(r"^(?:error|warning)\[(\w+)\]", told(shown), re.MULTILINE)


def test_every_code_that_a_program_can_show_has_examples() -> None:
    assert {c for c in CATALOGUE if c[3] != "5"} - set(WITHOUT) <= set(EXAMPLES)
    assert not set(WITHOUT) & set(EXAMPLES)


@pytest.mark.parametrize(("code", "programs"), EXAMPLES.items(), ids=list(EXAMPLES))
def test_the_wrong_program_has_this_mistake_and_the_right_one_none(
    code: str, programs: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scgc.train.device.devices", lambda: ["cpu"])
    assert codes(programs.wrong) == [code]
    assert codes(programs.right) == []
    assert programs.told in ("", told(programs.wrong))


def test_only_what_runs_has_its_words_written_down() -> None:
    assert all(bool(e.told) == e.wrong.startswith("$ scgc run") for e in EXAMPLES.values())


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_code_has_a_page(code: str) -> None:
    page = explain(code)
    assert page.startswith(f"{CATALOGUE[code].severity} {code}: ")
    assert max(map(len, page.splitlines())) < 130


@pytest.mark.parametrize("word", ["SCG201", "scg201", "201"])
def test_the_command_shows_it(word: str) -> None:
    shown = CliRunner().invoke(app(), ["explain", word])
    assert shown.exit_code == 0 and shown.output.strip() == explain("SCG201")


def test_without_a_code_all_are_listed() -> None:
    shown = CliRunner().invoke(app(), ["explain"]).output
    assert [line[:6] for line in shown.splitlines()] == sorted(CATALOGUE)


def test_an_unknown_code_is_a_mistake_of_the_command_line() -> None:
    shown = CliRunner().invoke(app(), ["explain", "SCG2011"])
    assert shown.exit_code == 2 and "SCG201" in shown.output
