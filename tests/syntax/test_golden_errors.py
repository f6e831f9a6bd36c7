"""Every code of the syntax theme has a program and what is told about it, compared whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scgc.diagnostics import CATALOGUE
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.render import render_all
from scgc.syntax.errors import parse_program, read_source

FOLDER = Path(__file__).parent.parent / "golden" / "err"
PROGRAMS = sorted(FOLDER.glob("scg0*.scg"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_mistake_is_told(
    path: Path, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ProgramError) as caught:
        parse_program(read_source(Path(path.name)))
    found = caught.value.diagnostics
    assert path.name[:6].upper() in {diagnostic.code for diagnostic in found}
    golden(f"err/{path.stem}.err", render_all(found) + "\n")


def test_every_code_has_a_program() -> None:
    codes = {code for code, kind in CATALOGUE.items() if kind.__module__.endswith(".syntax")}
    assert codes == {path.name[:6].upper() for path in PROGRAMS}
