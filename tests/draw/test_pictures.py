"""Pictures: every format, with and without the system's Graphviz."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scgc.diagnostics.base import ProgramError
from scgc.draw import dot, render
from scgc.draw.render import FORMATS
from scgc.ir.graph import Program
from scgc.pipeline import Compilation
from scgc.programs import shipped

Compile = Callable[[str], Program]

FIGURE = "digraph { a -> b }"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without the system's Graphviz: a PATH with nothing on it."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))


def test_svg(compiled: Compile, shortcut: str, bare: None, tmp_path: Path) -> None:
    file = render(dot(compiled(shortcut)), tmp_path / "figure.svg")
    assert file == tmp_path / "figure.svg"
    root = ElementTree.parse(file).getroot()
    assert root.tag.endswith("svg")
    assert {"x", "z", "error"} <= set(root.itertext())


@pytest.mark.parametrize("name", list(shipped()))
def test_every_shipped_program_as_a_picture(bare: None, name: str, tmp_path: Path) -> None:
    program = Compilation.of(name).program
    root = ElementTree.parse(render(dot(program, 2, True), tmp_path / "figure.svg")).getroot()
    assert {c.name for c in (*program.losses, *program.metrics)} <= set(root.itertext())


def test_png_is_fit_for_print(bare: None, tmp_path: Path) -> None:
    svg = ElementTree.parse(render(FIGURE, tmp_path / "figure.svg")).getroot()
    data = render(FIGURE, str(tmp_path / "figure.PNG")).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    pixels = struct.unpack(">I", data[16:20])[0]
    assert pixels >= 2.5 * float(svg.attrib["width"].removesuffix("pt"))


def test_dot_is_the_text_itself(compiled: Compile, bare: None, tmp_path: Path) -> None:
    text = dot(compiled("input größe : real[2]\nparam w : real[2]\nloss e = sum(größe * w)"))
    assert render(text, tmp_path / "figure.dot").read_text(encoding="utf-8") == text


def test_pdf_without_graphviz_says_what_to_do(bare: None, tmp_path: Path) -> None:
    with pytest.raises(ProgramError) as caught:
        render(FIGURE, tmp_path / "figure.pdf")
    (told,) = caught.value.diagnostics
    assert told.code == "SCG514"
    assert "install Graphviz" in told.words(told.help)
    assert not (tmp_path / "figure.pdf").exists()


@pytest.mark.parametrize("name", ["figure.jpg", "figure", "figure.svg.gz"])
def test_unknown_endings_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProgramError) as caught:
        render(FIGURE, tmp_path / name)
    (told,) = caught.value.diagnostics
    assert told.code == "SCG514"
    assert all(f".{ending}" in told.words(told.help) for ending in FORMATS)


def test_no_renderer_at_all(bare: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda *args, **kwargs: None)
    with pytest.raises(ProgramError) as caught:
        render(FIGURE, tmp_path / "figure.svg")
    (told,) = caught.value.diagnostics
    assert told.code == "SCG501"
    assert "pip install graphviz-pure" in told.words(told.help)


def test_the_systems_graphviz_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    system = tmp_path / "dot"
    system.write_text('#!/bin/sh\nread text\necho "$1 $text"\n')
    system.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert render(FIGURE + "\n", tmp_path / "figure.pdf").read_text() == f"-Tpdf {FIGURE}\n"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        render(FIGURE, tmp_path / "missing" / "figure.svg")
