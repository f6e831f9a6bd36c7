"""`scgc sweep` and `scgc report` from the words to the files."""

import json
from pathlib import Path

import pytest

import scgc.cli.sweep
from scgc.cli import main
from scgc.sweep.work import work

TINY = """program tiny
schedule beta = 1
param w : real[]
loss cost = beta * (w - 1) ^ 2
train { batch = 1  steps = 20  optimizer = sgd(lr = 0.1) }
variant steep { beta = 3 }
"""


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`command("sweep", "tiny.scg")` gives exit code, stdout, stderr; cells run in this process."""
    (tmp_path / "tiny.scg").write_text(TINY)
    monkeypatch.chdir(tmp_path)

    def here(jobs: int, ray: str | None):
        return lambda tasks, stop: (work(task) or task for task in tasks)

    monkeypatch.setattr(scgc.cli.sweep, "runner", here)

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(words))
        told = capsys.readouterr()
        assert "Traceback" not in told.err + told.out
        return int(left.value.code or 0), told.out, told.err

    return call


def test_a_sweep_and_its_report(command, tmp_path: Path):
    grid = ("--grid", "variant=none,steep", "--grid", "seed=range(2)")
    code, told, err = command("sweep", "tiny.scg", *grid, "--steps", "10")
    assert code == 0 and not err
    assert "variant=steep,seed=1  finished" in told and "(0 left)" in told
    assert "4 finished; the table is runs/sweep-tiny/results.parquet" in told
    code, told, _ = command("sweep", "tiny.scg", *grid, "--steps", "10", "--json")
    found = json.loads(told)
    assert code == 0 and [row["seed"] for row in found["cells"]] == [0, 1, 0, 1]
    assert {row["step"] for row in found["cells"]} == {10} and found["path"] == "runs/sweep-tiny"
    code, told, err = command("report", "runs/sweep-tiny", "-o", "all.html")
    assert (code, told, err) == (0, "all.html\n", "")
    assert (tmp_path / "all.html").read_text().count('<section class="run"') == 4
    code, _, err = command("sweep", "tiny.scg", *grid, "--steps", "11")
    assert code == 1 and "SCG526" in err and "another steps" in err


def test_cells_are_checked_before_anything_runs(command, tmp_path: Path):
    words = ("sweep", "tiny.scg", "--grid", "beta=1,gamma", "--grid", "seed=0,1")
    code, told, err = command(*words)
    assert code == 1 and "in the cell beta=gamma,seed=0 and 1 other:" in err and "SCG101" in err
    assert not told and not (tmp_path / "runs").exists()
    code, told, _ = command(*words, "--json")
    (fault,) = json.loads(told)["diagnostics"]
    assert code == 1 and fault["code"] == "SCG101" and fault["cell"].startswith("in the cell beta=gamma")


def test_what_is_wrong_with_the_command_line(command):
    for grid in ("beta", "beta=", "=1", "beta=1,,2"):
        assert command("sweep", "tiny.scg", "--grid", grid)[0] == 2
    assert command("sweep", "tiny.scg", "--steps", "1", "--epochs", "1")[0] == 2
    code, _, err = command("sweep", "tiny.scg")
    assert code == 1 and "SCG510" in err
    code, _, err = command("report", "nowhere")
    assert code == 1 and "SCG511" in err


def test_a_failure_is_told(command):
    code, told, err = command("sweep", "tiny.scg", "--grid", "optimizer.lr=0.1,1e30", "--out", "s")
    assert code == 1 and not err and "s/optimizer.lr=1e30 failed: error[SCG513]" in told
    assert "1 finished, 1 failed" in told
