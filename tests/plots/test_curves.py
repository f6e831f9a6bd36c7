"""Curves and tables of run directories, made here as `scgc run` writes them."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import curves
import look
import pytest
import runs

SCRIPT = str(curves.__file__)


def make_run(
    folder: Path, variant: str | None, seed: int, accuracy: list[float], used: int, finished: bool = True
) -> Path:
    """A run of ten steps an epoch, evaluated after each, with its last checkpoint as its result."""
    folder.mkdir()
    lines = [
        {"event": "evaluation", "step": 10 * (i + 1), "values": {"accuracy": a}}
        for i, a in enumerate(accuracy)
    ]
    logged = [{"event": "train", "step": 5, "values": {"loss": 1.0}, "schedules": {}}, *lines]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in logged))
    (folder / "settings.json").write_text(json.dumps({"steps_per_epoch": 10}))
    measured = {
        "matched(left.z, a)": accuracy[-1],
        "matched(right.z, b)": accuracy[-1] + 0.1,
        "used(z)": used,
    }
    result = {
        "program": "sums",
        "variant": variant,
        "seed": seed,
        "seconds": 60.0 * (seed + 1),
        "test": {"accuracy": accuracy[-1]},
        "evaluations": {} if variant is None else {"digits": measured},
    }
    if finished:
        (folder / "result.json").write_text(json.dumps(result))
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    made = [
        make_run(tmp_path / "slow-1", "slow", 1, [0.2, 0.5], used=10),
        make_run(tmp_path / "slow-0", "slow", 0, [0.1, 0.3], used=8),
        make_run(tmp_path / "cut", "slow", 2, [0.9], used=10, finished=False),
        make_run(tmp_path / "plain", None, 0, [0.7], used=0),
    ]
    return [str(folder) for folder in made]


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", [SCRIPT, *arguments])
    runpy.run_path(SCRIPT, run_name="__main__")


def test_table(
    folders: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(monkeypatch, *folders, "--table", "--name", "sums=no hidden digits")
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "|  | seeds | test accuracy | matched | used | minutes |",
        "| --- | --: | --: | --: | --: | --: |",
        "| no hidden digits | 1 | 0.7000 | – | – | 1.0 |",
        "| slow | 2 | 0.4000 ± 0.1414 | 0.4500 ± 0.1414 | 9.0 ± 1.4 | 1.5 ± 0.7 |",
    ]
    assert printed.err == f"not finished: {folders[2]}\n"


def test_picture_names_its_lines(folders: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    for picture in (first, second):
        call(monkeypatch, *folders, "-o", str(picture), "--name", "slow=a slow one")
    text = first.read_text(encoding="utf-8")
    assert ">a slow one</text>" in text and ">sums</text>" in text
    assert first.read_bytes() == second.read_bytes()


def test_no_finished_run(folders: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="none of the runs is finished"):
        call(monkeypatch, folders[2], "--table")


def test_mean_is_taken_where_every_run_was_evaluated(tmp_path: Path) -> None:
    folders = [
        make_run(tmp_path / "long", "slow", 0, [0.1, 0.3, 0.9], used=10),
        make_run(tmp_path / "short", "slow", 1, [0.2, 0.5], used=10),
    ]
    found = [run for folder in folders if (run := runs.read(folder))]
    epochs, means = curves.mean_curve(found)
    assert epochs == [1.0, 2.0]
    assert means == pytest.approx([0.15, 0.4])


def test_names_keep_their_distance() -> None:
    places = look.spread([0.98, 0.97, 0.2, 0.99], gap=0.1, low=0.0, high=1.0)
    assert places == pytest.approx([0.9, 0.8, 0.2, 1.0])
