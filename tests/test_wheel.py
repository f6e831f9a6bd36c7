"""An installed wheel works outside of the checkout: it carries the grammar and the programs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the wheel was unpacked into, without what it depends on."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    folder = tmp_path_factory.mktemp("wheel")
    build = [*pip, "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
    return site


def scgc(installed: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "scgc", *arguments]
    environment = os.environ | {"PYTHONPATH": str(installed)}
    done = subprocess.run(
        command, cwd=installed.parent, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_it_is_the_installed_one(installed: Path):
    code = "import scgc, scgc.resources as r; print(scgc.__file__, r.folder('grammar'))"
    environment = os.environ | {"PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=installed,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(path.startswith(str(installed)) for path in done.stdout.split())


def test_it_finds_checks_and_draws_the_programs(installed: Path):
    assert "mnist_addition" in scgc(installed, "list", "programs")
    scgc(installed, "check", "digit_addition")
    scgc(installed, "draw", "levels/level3", "-o", "figure.svg")
    assert "<svg" in (installed.parent / "figure.svg").read_text()


def test_it_writes_the_module(installed: Path):
    scgc(installed, "compile", "bandit", "-o", "bandit.py")
    compile((installed.parent / "bandit.py").read_text(), "bandit.py", "exec")
