"""A folder to follow the documents in: what a checkout has of programs, and those that the page shows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import ROOT, Page, programs


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Page], Path]:
    """Make the folder for a page and go there; programs/ and the wrong ones of tests/golden/err are as in a
    checkout, NAME.scg is what the page shows."""

    def prepare(page: Page) -> Path:
        for folder in ("programs", "tests/golden/err"):
            shutil.copytree(ROOT / folder, tmp_path / folder)
        for name, text in programs(page).items():
            (tmp_path / f"{name}.scg").write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return prepare
