"""The catalogue: every code is one class whose words name its own facts."""

from __future__ import annotations

import importlib
import pkgutil
import string

import pytest

import scgc.diagnostics
from scgc.diagnostics.base import CATALOGUE, Diagnostic

for module in pkgutil.iter_modules(scgc.diagnostics.__path__):
    importlib.import_module(f"scgc.diagnostics.{module.name}")

THEMES = {
    "0": ("syntax",),
    "1": ("names",),
    "2": ("types", "arguments", "loops", "players"),
    "3": ("graph", "players"),
    "4": ("warnings",),
    "5": ("data", "running", "studies"),
}

codes = pytest.mark.parametrize("code", sorted(CATALOGUE))


@codes
def test_the_words_name_facts(code: str) -> None:
    kind = CATALOGUE[code]
    named = {
        name
        for template in (kind.title, kind.label, kind.help)
        for _, name, _, _ in string.Formatter().parse(template)
        if name is not None
    }
    own = set(kind.__annotations__)
    assert named <= own
    assert own <= named, "a fact that is never told"
    assert kind.title and kind.help


@codes
def test_the_words_are_sentences_of_their_kind(code: str) -> None:
    kind = CATALOGUE[code]
    assert not kind.title.endswith((".", "!")) and not kind.label.endswith(".")
    assert kind.help.endswith((".", "}", "?"))
    assert "\n" not in kind.title + kind.label + kind.help


@codes
def test_the_code_lies_with_its_theme(code: str) -> None:
    kind = CATALOGUE[code]
    assert kind.__module__.rsplit(".", 1)[1] in THEMES[code[3]]
    if code[3] != "5":
        assert kind.severity == ("warning" if code[3] == "4" else "error")


@codes
def test_it_is_explained(code: str) -> None:
    """The docstring is the class's own, neither inherited nor the one that dataclasses write."""
    kind = CATALOGUE[code]
    assert kind.__doc__ and not kind.__doc__.startswith(kind.__name__ + "(")
    assert kind.__doc__ != Diagnostic.__doc__
