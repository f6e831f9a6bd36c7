"""The generated documents are what the registries give now."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT, page

from scgc.data import data_sets
from scgc.diagnostics import CATALOGUE
from scgc.distributions import distributions
from scgc.estimators import estimators
from scgc.metrics import measures
from scgc.ops import operators
from scgc.ops.inits import inits
from scgc.reference import DOCUMENTS
from scgc.train.optimizers import optimizers


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_document_is_up_to_date(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    text, path = DOCUMENTS[name](), ROOT / "docs" / name
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == text, "run: python -m scgc.reference docs"


def test_everything_that_programs_may_name_has_a_heading() -> None:
    anchors = page(ROOT / "docs" / "reference.md").anchors
    registries = (operators, inits, distributions, estimators, optimizers, data_sets, measures)
    names = {name.lower() for registry in registries for name in registry()}
    assert names - anchors == set()


def test_every_code_has_a_heading() -> None:
    text = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    assert [code for code in CATALOGUE if f"### {code}: " not in text] == []


def test_the_script_writes_the_documents(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scgc.reference", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=os.environ, check=True, capture_output=True)
    for name in DOCUMENTS:
        assert (tmp_path / name).read_text(encoding="utf-8") == (ROOT / "docs" / name).read_text(
            encoding="utf-8"
        )


def test_the_script_imports_no_torch() -> None:
    code = (
        "import sys\nfrom scgc.reference import DOCUMENTS\n"
        "[document() for document in DOCUMENTS.values()]\n"
        "assert not {'torch', 'numpy', 'sklearn', 'scipy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
