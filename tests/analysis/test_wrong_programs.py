"""Every wrong program of tests/golden/err: what is told of it, rendered, compared whole.

What is wrong only with options of the command line names them first: `# with --set beta=2 --variant steep`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from scgc.checking import check
from scgc.diagnostics import CATALOGUE
from scgc.diagnostics.render import render_all
from scgc.pipeline import Compilation
from scgc.source import Source

GOLDEN = Path(__file__).parents[1] / "golden" / "err"
PROGRAMS = sorted(p for p in GOLDEN.glob("scg*.scg") if not p.name.startswith("scg0"))

ELSEWHERE = {"SCG116": "an option: tests/analysis/test_resolve.py"}
"""Codes that one program alone cannot show, and where they are tested."""


def compilation(path: Path) -> Compilation:
    text = path.read_text(encoding="utf-8")
    options = re.findall(r"--(\w+) (\S+)", text.partition("\n")[0]) if text.startswith("# with ") else []
    variant = next((value for option, value in options if option == "variant"), None)
    settings = dict(value.split("=") for option, value in options if option == "set")
    return Compilation(Source(path.name, text), variant, settings)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_a_wrong_program_is_told_so(
    path: Path, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(GOLDEN)
    found = [diagnostic for _, diagnostic in check(compilation(path))]
    assert path.name[:6].upper() in [d.code for d in found]
    golden(f"err/{path.stem}.err", render_all(found) + "\n")


def test_every_code_of_names_types_and_the_graph_has_a_program():
    shown = {p.name[:6].upper() for p in PROGRAMS}
    asked = {c for c in CATALOGUE if c[3] in "1234"} - set(ELSEWHERE)
    assert asked - shown == set()
