"""A sweep from its cells to its table: what is done stays, what was broken off goes on, failures are kept."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import parquet

from scgc.cli.sweep import axes
from scgc.diagnostics.base import ProgramError
from scgc.source import Source
from scgc.sweep.grid import make_cells
from scgc.sweep.legal import Swept, check
from scgc.sweep.processes import on_this_machine
from scgc.sweep.standing import standing
from scgc.sweep.summary import counted, summary
from scgc.sweep.sweeping import Sweep
from scgc.sweep.table import TABLE, write_table
from scgc.sweep.work import Task, work
from scgc.train.lock import hold
from scgc.train.loop import Loop
from scgc.train.plan import Wishes
from scgc.train.stopping import Interrupted, Stop

TINY = """program tiny
schedule beta = 1
param w : real[]
loss cost = beta * (w - 1) ^ 2
train { batch = 1  steps = 20  optimizer = sgd(lr = 0.1) }
variant steep { beta = 3 }
sweep { variant = [none, steep]  seed = range(3) }
"""


def sweep(folder: Path, grid: Sequence[str] = (), text: str = TINY, retry: bool = False, **given) -> Sweep:
    swept = Swept(Source("tiny.scg", text), {})
    programs, told = check(swept, make_cells(swept.whole(None).resolved, axes(list(grid))))
    assert not told
    return Sweep(swept, programs, folder, Wishes(threads=1, **given), retry)


def here(tasks: Sequence[Task], stop: Stop) -> Iterator[Task]:
    """Runs in this process, one after the other."""
    for task in tasks:
        work(task)
        yield task


def nowhere(tasks: Sequence[Task], stop: Stop) -> Iterator[Task]:
    assert not tasks
    yield from ()


def silent(*_: object) -> None:
    """Nobody watches."""


def test_one_table_of_all_results(tmp_path: Path):
    found, ended = sweep(tmp_path / "s").run(here, silent)
    assert ended is None and len(found) == 6
    table = parquet.read_table(tmp_path / "s" / TABLE)
    assert table.column_names == [
        "variant",
        "seed",
        "status",
        "step",
        "seconds",
        "test.cost",
        "path",
        "error",
    ]
    for row in table.to_pylist():
        result = json.loads((Path(row["path"]) / "result.json").read_text())
        assert row["variant"] == result["variant"] and row["seed"] == result["seed"]
        assert row["test.cost"] == result["test"]["cost"] and row["step"] == 20
        assert row["status"] == "finished" and row["error"] is None
    assert len({row["test.cost"] for row in table.to_pylist()}) > 3


def test_done_work_is_skipped_and_more_is_added(tmp_path: Path):
    first, _ = sweep(tmp_path / "s").run(here, silent)
    again, _ = sweep(tmp_path / "s").run(nowhere, silent)
    assert again == first
    done: list[str] = []
    more, _ = sweep(tmp_path / "s", ["seed=range(4)"]).run(here, lambda c, *_: done.append(c.name))
    assert done == ["variant=none,seed=3", "variant=steep,seed=3"] and len(more) == 8


def test_a_run_that_was_broken_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole, _ = sweep(tmp_path / "whole").run(here, silent)
    step = Loop.step

    def interrupted(loop: Loop) -> object:
        if loop.state.step == 7:
            loop.stop.asked = signal.SIGINT
        return step(loop)

    def broken(tasks: Sequence[Task], stop: Stop) -> Iterator[Task]:
        work(tasks[0])
        yield tasks[0]
        with monkeypatch.context() as patch:
            patch.setattr(Loop, "step", interrupted)
            work(tasks[1])

    found, ended = sweep(tmp_path / "s").run(broken, silent)
    assert isinstance(ended, Interrupted)
    assert [row["status"] for row in found] == ["finished", "broken off", "new", "new", "new", "new"]
    assert parquet.read_table(tmp_path / "s" / TABLE).num_rows == 6
    done: list[tuple[str, int]] = []
    found, _ = sweep(tmp_path / "s").run(here, lambda c, row, left: done.append((c.name, left)))
    assert done[0] == ("variant=none,seed=1", 4) and len(done) == 5
    assert [r["test.cost"] for r in found] == [r["test.cost"] for r in whole]
    lines = (tmp_path / "s" / "variant=none,seed=1" / "metrics.jsonl").read_text()
    assert lines == (tmp_path / "whole" / "variant=none,seed=1" / "metrics.jsonl").read_text()


def test_a_failure_is_kept_and_the_others_go_on(tmp_path: Path):
    grid = ["optimizer.lr=0.1, 1e30", "variant=none"]
    found, _ = sweep(tmp_path / "s", grid).run(here, silent)
    assert [row["status"] for row in found] == ["finished"] * 3 + ["failed"] * 3
    assert all("SCG513" in row["error"] for row in found[3:]) and counted(found) == "3 finished, 3 failed"
    assert (Path(found[3]["path"]) / "error.txt").read_text() == found[3]["error"]
    assert parquet.read_table(tmp_path / "s" / TABLE)["error"].to_pylist() == [r["error"] for r in found]
    assert sweep(tmp_path / "s", grid).run(nowhere, silent)[0] == found
    tried: list[str] = []
    sweep(tmp_path / "s", grid, retry=True).run(here, lambda c, *_: tried.append(c.name))
    assert len(tried) == 3 and all("lr=1e30" in name for name in tried)


def test_a_failure_before_the_run_begins(tmp_path: Path):
    text = TINY.replace(
        "train {", 'input x : real[2]\nloss more = w * sum(x)\ntrain { data = npz("gone.npz") '
    )
    found, _ = sweep(tmp_path / "s", ["variant=none", "seed=0"], text).run(here, silent)
    assert found[0]["status"] == "failed" and "SCG501" in found[0]["error"]
    again, _ = sweep(tmp_path / "s", ["variant=none", "seed=0"], text, retry=True).run(here, silent)
    assert "SCG501" in again[0]["error"]


def test_another_program_does_not_share_the_folder(tmp_path: Path):
    sweep(tmp_path / "s").run(here, silent)
    sweep(tmp_path / "s", text=f"# a comment changes nothing\n{TINY}").run(nowhere, silent)
    for other, what in (
        (sweep(tmp_path / "s", text=TINY.replace("beta = 1", "beta = 2")), "program"),
        (sweep(tmp_path / "s", steps=5), "steps"),
    ):
        with pytest.raises(ProgramError) as caught:
            other.run(nowhere, silent)
        (fault,) = caught.value.diagnostics
        assert fault.code == "SCG526" and what in fault.words(fault.title)


def test_one_sweep_at_a_time(tmp_path: Path):
    (tmp_path / "s").mkdir()
    lock = hold(tmp_path / "s")
    with pytest.raises(ProgramError, match="SCG522"):
        sweep(tmp_path / "s").run(nowhere, silent)
    lock.release()
    (tmp_path / "file").touch()
    with pytest.raises(ProgramError, match="SCG514"):
        sweep(tmp_path / "file").run(nowhere, silent)


def test_the_summary_has_medians_and_quartiles(tmp_path: Path):
    cells = sweep(tmp_path, ["variant=none,steep", "seed=range(5)"]).cells
    values = [1.5, 2.5, 3.5, 4.5, None]
    found = [{"status": "finished", "test.cost": v} for v in values]
    found += [{"status": "failed"}] * 4 + [{"status": "finished", "test.cost": 7.25}]
    table = summary(cells, found)
    shown = [list(column.cells) for column in table.columns]
    assert [c.header for c in table.columns] == ["variant", "what", "median", "quartiles", "runs"]
    assert shown[0] == ["none", "steep"] and shown[2] == ["3", "7.2500"]
    assert shown[3] == ["2.2500 to 3.7500", ""] and shown[4] == ["4/5", "1/5"]


def test_columns_have_one_type(tmp_path: Path):
    rows = [{"seed": 1, "a": 1, "b": 1, "path": "x"}, {"seed": 2, "a": 2.5, "b": "t", "path": "y", "v": 1.0}]
    write_table(rows, tmp_path / "t.parquet")
    table = parquet.read_table(tmp_path / "t.parquet").to_pydict()
    expected = {"seed": [1, 2], "a": [1.0, 2.5], "b": ["1", "t"], "v": [None, 1.0], "path": ["x", "y"]}
    assert table == expected


EXIT = """import os, signal
def give(how):
    os.kill(os.getpid(), signal.SIGKILL) if how else None
    return {"x": [[1.0, 2.0]] * 8}
"""


def test_processes_that_die_take_no_other_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "dying_data.py").write_text(EXIT)
    train = 'train { data = python("dying_data:give", how = 0) '
    text = TINY.replace("train {", f"input x : real[2]\nloss more = w * sum(x)\n{train}")
    swept = Swept(Source(str(tmp_path / "tiny.scg"), text), {}, True)
    cells = make_cells(swept.whole(None).resolved, axes(["data.how=0,1", "variant=none", "seed=0"]))
    programs, _ = check(swept, cells)
    wishes = Wishes(threads=1, base=tmp_path, allow_extern=True)
    one = Sweep(swept, programs, tmp_path / "s", wishes)
    found, _ = one.run(lambda tasks, stop: on_this_machine(tasks, 2, stop), silent)
    assert [row["status"] for row in found] == ["finished", "failed"]
    assert "SIGKILL" in found[1]["error"]


def training(run: Path) -> bool:
    """Whether a run has recorded something."""
    return (run / "metrics.jsonl").is_file() and (run / "metrics.jsonl").stat().st_size > 0


def test_ctrl_c_ends_all_after_a_checkpoint(tmp_path: Path):
    (tmp_path / "tiny.scg").write_text(TINY.replace("steps = 20", "steps = 100000000"))
    words = ["sweep", "tiny.scg", "--jobs", "2", "--grid", "variant=none", "--out", "s"]
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += f"from scgc.cli import main; main({words!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    runs = [tmp_path / "s" / f"variant=none,seed={seed}" for seed in range(2)]
    while not all(map(training, runs)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    told, err = process.communicate(timeout=300)
    assert process.returncode == 130 and "the same command goes on" in err and "Traceback" not in err
    assert [standing(run).status for run in runs] == ["broken off", "broken off"]
    assert all((run / "last.safetensors").is_file() for run in runs)
    assert "broken off" in told and parquet.read_table(tmp_path / "s" / TABLE).num_rows == 3


def test_a_run_ends_with_a_sweep_that_is_killed(tmp_path: Path):
    (tmp_path / "tiny.scg").write_text(TINY.replace("steps = 20", "steps = 100000000"))
    words = ["sweep", "tiny.scg", "--jobs", "1", "--grid", "variant=none", "--out", "s"]
    process = subprocess.Popen(
        [sys.executable, "-c", f"from scgc.cli import main; main({words!r})"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    run = tmp_path / "s" / "variant=none,seed=0"
    while not training(run):
        assert process.poll() is None
        time.sleep(0.1)
    child = int((run / ".scgc.lock").read_text())
    process.kill()
    process.wait()
    for _ in range(3000):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    assert (run / "last.safetensors").is_file()


def test_the_cells_of_a_sweep_go_on_with_another_device(tmp_path: Path):
    one = sweep(tmp_path)
    task = one.task(one.cells[0])
    assert task.wishes == replace(one.wishes, seed=0, out=tmp_path / "variant=none,seed=0")
