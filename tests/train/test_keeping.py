"""Checkpoints: damage, full disks, signals, other processes."""

import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from scgc.data.tfrecord import read_records
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.ir.graph import Rate, Select
from scgc.train import checkpoints, keeping
from scgc.train.checkpoints import Checkpoint, Damaged, read_checkpoint, write_checkpoint
from scgc.train.clock import Clock
from scgc.train.evaluating import evaluate
from scgc.train.keeping import BEST, LAST, PREVIOUS, Keeper
from scgc.train.listing import runs
from scgc.train.loop import Loop
from scgc.train.plan import Wishes
from scgc.train.progress import Lines
from scgc.train.resuming import Again, resume
from scgc.train.run import run
from scgc.train.runs import RunDirectory
from scgc.train.stopping import Interrupted, Stop


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every fifth step."""
    monkeypatch.setattr(Keeper, "due", lambda self, step, evaluated: step % 5 == 0 or self.clock.keeps(step))


def broken(monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
    """Break a run off in its step `at`."""
    whole = Loop.step

    def step(self: Loop) -> Any:
        if self.state.step == at:
            monkeypatch.setattr(Loop, "step", whole)
            raise error
        return whole(self)

    monkeypatch.setattr(Loop, "step", step)


def steps(path: Path) -> list[int]:
    """Of the last checkpoint and the one before."""
    return [read_checkpoint(path / name).facts["state"]["step"] for name in (LAST, PREVIOUS)]


# ---- files


def test_any_damaged_byte_is_noticed(tmp_path: Path):
    tensors = {
        "a": torch.randn(5),
        "b:c": torch.tensor(3),
        "d": torch.zeros(0, 2),
        "e": torch.ones(2).bfloat16(),
    }
    os.replace(write_checkpoint(tmp_path / "x", Checkpoint(tensors, {"f": [1, None, "g"]})), tmp_path / "x")
    found = read_checkpoint(tmp_path / "x")
    assert found.facts == {"f": [1, None, "g"]} and found.tensors.keys() == tensors.keys()
    assert all(torch.equal(found.tensors[n], tensors[n]) for n in tensors)
    assert found.weights.keys() == {"a", "d", "e"}
    content = (tmp_path / "x").read_bytes()
    for place in range(len(content)):
        harmed = bytearray(content)
        harmed[place] ^= 1 << random.randrange(8)
        (tmp_path / "x").write_bytes(harmed)
        try:
            read = read_checkpoint(tmp_path / "x")
        except Damaged:
            continue
        # in the name under which the digest stands; all else is whole
        assert read.facts == found.facts and all(torch.equal(read.tensors[n], tensors[n]) for n in tensors)
    for length in range(0, len(content), 7):
        (tmp_path / "x").write_bytes(content[:length])
        with pytest.raises(Damaged):
            read_checkpoint(tmp_path / "x")


def test_what_cannot_be_read_again_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = checkpoints.save
    monkeypatch.setattr(checkpoints, "save", lambda *given: whole(*given)[:-1] + b"\x01")
    with pytest.raises(OSError, match="cannot be read again"):
        write_checkpoint(tmp_path / "x", Checkpoint({"a": torch.zeros(3)}))
    assert not list(tmp_path.iterdir())


# ---- when


def test_when_checkpoints_are_due(monkeypatch: pytest.MonkeyPatch):
    now = [0.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: now[0])
    each = Clock(1000, 10, Rate(count=1, per="step"), None)
    keeper = Keeper(Path(), each, lambda: 0, _written=0.0)
    now[0] = 1.0
    assert keeper.due(5, True) and not keeper.due(5, False) and keeper.due(1000, False)
    now[0] = keeping.EVERY + 1
    assert keeper.due(5, False)
    keeper.cost = 2.0
    assert not keeper.due(5, True)  # more than 1 % of the time
    now[0] = 201.0
    assert keeper.due(5, False)
    asked = Keeper(Path(), replace(each, checkpoint=Rate(count=1, per="epoch")), lambda: 0)
    now[0] = 1e6
    assert asked.due(20, False) and not asked.due(25, True) and asked.due(1000, False)


# ---- damage


def test_a_damaged_last_checkpoint(tmp_path: Path, toy, often: None, monkeypatch: pytest.MonkeyPatch):
    run(toy(steps=40), Wishes(out=tmp_path / "whole"))
    broken(monkeypatch, 33, KeyError())
    with pytest.raises(KeyError):
        run(toy(steps=40), Wishes(out=tmp_path / "run"))
    assert steps(tmp_path / "run") == [30, 25]
    content = bytearray((tmp_path / "run" / LAST).read_bytes())
    content[-9] ^= 16
    (tmp_path / "run" / LAST).write_bytes(content)
    told: list[Diagnostic] = []
    result = resume(tmp_path / "run", Again(), tell=told.append)
    (notice,) = told
    assert notice.code == "SCG520" and "step 25" in notice.words(notice.help)
    assert result.test == run(toy(steps=40), Wishes(out=tmp_path / "third")).test
    metrics = [(tmp_path / name / "metrics.jsonl").read_text() for name in ("run", "whole")]
    assert metrics[0] == metrics[1] and steps(tmp_path / "run") == [40, 35]


def test_damage_of_both(tmp_path: Path, toy, often: None, monkeypatch: pytest.MonkeyPatch):
    broken(monkeypatch, 33, KeyError())
    with pytest.raises(KeyError):
        run(toy(steps=40), Wishes(out=tmp_path / "run"))
    for name in (LAST, PREVIOUS):
        (tmp_path / "run" / name).write_bytes(b"")
    with pytest.raises(ProgramError, match="SCG523"):
        resume(tmp_path / "run", Again())
    for name in (LAST, PREVIOUS):
        (tmp_path / "run" / name).unlink()
    assert resume(tmp_path / "run", Again()).step == 40


@pytest.mark.parametrize("missing", [BEST, LAST])
def test_a_lost_best_is_that_of_the_checkpoint_before(
    tmp_path: Path, addition, often: None, monkeypatch: pytest.MonkeyPatch, missing: str
):
    """Whatever is lost, the best weights are those that the checkpoint knows."""
    select = Select(rule="best", target="sum_error", mode="min")
    settings = {"epochs": 4, "evaluate": Rate(count=0.2, per="step"), "select": select}
    expected = run(addition(**settings), Wishes(out=tmp_path / "whole"))
    broken(monkeypatch, 33, KeyError())
    with pytest.raises(KeyError):
        run(addition(**settings), Wishes(out=tmp_path / "run"))
    assert (tmp_path / "run" / ".best-25.safetensors").exists()
    (tmp_path / "run" / missing).unlink()
    told: list[Diagnostic] = []
    found = resume(tmp_path / "run", Again(), tell=told.append)
    assert found.test == expected.test and found.step == expected.step
    assert [d.code for d in told] == (["SCG520"] if missing == BEST else [])
    weights = [read_checkpoint(tmp_path / name / BEST).tensors for name in ("run", "whole")]
    assert all(torch.equal(weights[0][n], weights[1][n]) for n in weights[1])


def test_lost_metrics_are_told(tmp_path: Path, toy, often: None, monkeypatch: pytest.MonkeyPatch):
    broken(monkeypatch, 33, KeyError())
    with pytest.raises(KeyError):
        run(toy(steps=40), Wishes(out=tmp_path / "run"))
    (tmp_path / "run" / "metrics.jsonl").write_text("")
    told: list[Diagnostic] = []
    resume(tmp_path / "run", Again(), tell=told.append)
    assert [d.code for d in told] == ["SCG525"]


# ---- a full disk


def test_a_full_disk(tmp_path: Path, toy, often: None, monkeypatch: pytest.MonkeyPatch):
    whole = os.fsync
    count = [0]

    def full(handle: int) -> None:
        count[0] += 1
        if count[0] > 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        whole(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProgramError) as caught:
        run(toy(steps=60), Wishes(out=tmp_path / "run"))
    (fault,) = caught.value.diagnostics
    saved = steps(tmp_path / "run")[0]
    assert fault.code == "SCG521" and "No space left" in fault.words(fault.title)
    assert f"checkpoint of step {saved} is kept" in fault.words(fault.help)
    assert not list((tmp_path / "run").glob(".*.part"))
    monkeypatch.setattr(os, "fsync", whole)
    assert resume(tmp_path / "run", Again()).test == run(toy(steps=60), Wishes(out=tmp_path / "b")).test


def test_files_may_not_grow(tmp_path: Path, toy):
    """The system itself refuses, in the middle of a line of the metrics."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))
    try:
        with pytest.raises(ProgramError, match="SCG521"):
            run(toy(steps=500), Wishes(out=tmp_path / "run"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not (tmp_path / "run" / "metrics.jsonl").read_bytes().endswith(b"\n")
    resume(tmp_path / "run", Again())
    run(toy(steps=500), Wishes(out=tmp_path / "whole"))
    metrics = [(tmp_path / name / "metrics.jsonl").read_text() for name in ("run", "whole")]
    assert metrics[0] == metrics[1]


# ---- other processes


def test_a_directory_in_use(tmp_path: Path, toy):
    run(toy(steps=3), Wishes(out=tmp_path / "run"))
    held = RunDirectory.reopen(tmp_path / "run")
    others = (
        lambda: resume(tmp_path / "run", Again(steps=9)),
        lambda: run(toy(), Wishes(out=tmp_path / "run")),
    )
    for again in others:
        with pytest.raises(ProgramError) as caught:
            again()
        (fault,) = caught.value.diagnostics
        assert fault.code == "SCG522" and str(os.getpid()) in fault.words(fault.title)
    held.close()
    assert resume(tmp_path / "run", Again(steps=9)).step == 9


def test_the_lock_of_a_dead_process_does_not_hold(tmp_path: Path, toy):
    run(toy(steps=3), Wishes(out=tmp_path / "run"))
    text = (
        "import os, sys\nfrom pathlib import Path\nfrom scgc.train.runs import hold\n"
        "lock = hold(Path(sys.argv[1]))\nprint('held', flush=True)\nsys.stdin.read()\n"
    )
    words = [sys.executable, "-c", text, str(tmp_path / "run")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        with pytest.raises(ProgramError) as caught:
            resume(tmp_path / "run", Again(steps=9))
        assert str(process.pid) in str(caught.value)
        process.kill()
    assert resume(tmp_path / "run", Again(steps=9)).step == 9


# ---- signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_step_and_saves(tmp_path: Path, toy, monkeypatch: pytest.MonkeyPatch, number: int):
    expected = run(toy(steps=40), Wishes(out=tmp_path / "whole")).test
    before = signal.getsignal(number)
    whole = Loop.step

    def step(self: Loop) -> Any:
        if self.state.step == 17:
            os.kill(os.getpid(), number)
        return whole(self)

    monkeypatch.setattr(Loop, "step", step)
    with pytest.raises(Interrupted) as caught:
        run(toy(steps=40), Wishes(out=tmp_path / "run"))
    assert caught.value.code == 128 + number and caught.value.step == 18
    assert caught.value.folder == tmp_path / "run" and signal.getsignal(number) is before
    assert read_checkpoint(tmp_path / "run" / LAST).facts["state"]["step"] == 18
    monkeypatch.setattr(Loop, "step", whole)
    assert resume(tmp_path / "run", Again()).test == expected
    metrics = [(tmp_path / name / "metrics.jsonl").read_text() for name in ("run", "whole")]
    assert metrics[0] == metrics[1]


def test_a_signal_breaks_an_evaluation_off(tmp_path: Path, addition, monkeypatch: pytest.MonkeyPatch):
    from scgc.train import loop

    expected = run(addition(), Wishes(out=tmp_path / "whole"))
    whole = loop.means
    calls = [0]

    def means(*given: Any) -> Any:
        calls[0] += 1
        if calls[0] == 3:
            torch.rand(3)
            os.kill(os.getpid(), signal.SIGINT)
            raise AssertionError("the signal comes first")
        return whole(*given)

    monkeypatch.setattr(loop, "means", means)
    with pytest.raises(Interrupted) as caught:
        run(addition(), Wishes(out=tmp_path / "run"))
    assert caught.value.step == 18
    found = resume(tmp_path / "run", Again())
    assert found.test == expected.test and found.evaluations == expected.evaluations
    metrics = [(tmp_path / name / "metrics.jsonl").read_text() for name in ("run", "whole")]
    assert metrics[0] == metrics[1]


def test_a_signal_while_the_result_is_worked_out(tmp_path: Path, addition, monkeypatch: pytest.MonkeyPatch):
    from scgc.train.run import Run

    expected = run(addition(), Wishes(out=tmp_path / "whole"))
    with monkeypatch.context() as patch:
        patch.setattr(Run, "evaluate", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(Interrupted) as caught:
            run(addition(), Wishes(out=tmp_path / "run"))
    assert caught.value.code == 143 and caught.value.step == 24
    assert resume(tmp_path / "run", Again()).evaluations == expected.evaluations


def test_a_second_signal_does_what_it_always_did():
    with Stop() as stop, stop.held():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Interrupted):
            stop.check()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_whoever_is_told_has_left(tmp_path: Path, addition, monkeypatch: pytest.MonkeyPatch):
    expected = run(addition(), Wishes(out=tmp_path / "whole"))
    with monkeypatch.context() as patch:
        patch.setattr(Lines, "evaluated", _broken_pipe)
        with pytest.raises(BrokenPipeError):
            run(addition(), Wishes(out=tmp_path / "run"))
    assert read_checkpoint(tmp_path / "run" / LAST).facts["state"]["step"] == 6
    assert resume(tmp_path / "run", Again()).test == expected.test
    metrics = [(tmp_path / name / "metrics.jsonl").read_text() for name in ("run", "whole")]
    assert metrics[0] == metrics[1]


def _broken_pipe(*_: Any) -> None:
    raise BrokenPipeError


# ---- TensorBoard


def curves(path: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard is shown of a run."""
    from tensorboardX.proto.event_pb2 import Event

    found: dict[str, list[tuple[int, float]]] = {}
    for file in (path / "tensorboard").iterdir():
        for record in read_records(file):
            event = Event.FromString(record)
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_curves(tmp_path: Path, addition, monkeypatch: pytest.MonkeyPatch, often: None):
    pytest.importorskip("tensorboardX")
    run(addition(), Wishes(out=tmp_path / "whole"))
    broken(monkeypatch, 14, KeyError())
    with pytest.raises(KeyError):
        run(addition(), Wishes(out=tmp_path / "run"))
    assert curves(tmp_path / "run")["train/loss"][-1][0] == 14
    resume(tmp_path / "run", Again())
    found = curves(tmp_path / "run")
    assert found == curves(tmp_path / "whole")
    metrics = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    evaluations = [e for e in metrics if e["event"] == "evaluation"]
    expected = [(e["step"], pytest.approx(e["values"]["accuracy"])) for e in evaluations]
    assert found["evaluation/accuracy"] == expected
    assert {"train/sum_error", "schedules/beta", "evaluation/sum_error"} <= found.keys()


def test_without_tensorboard(tmp_path: Path, toy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "tensorboardX.record_writer", None)
    run(toy(steps=5), Wishes(out=tmp_path / "run"))
    assert not (tmp_path / "run" / "tensorboard").exists()


# ---- what is told of runs


def test_runs_are_listed(tmp_path: Path, toy, often: None, monkeypatch: pytest.MonkeyPatch):
    run(toy(steps=20), Wishes(out=tmp_path / "all" / "one", seed=3))
    broken(monkeypatch, 8, KeyError())
    with pytest.raises(KeyError):
        run(toy(steps=20), Wishes(out=tmp_path / "all" / "two"))
    (tmp_path / "all" / "none").mkdir()
    one, two = runs(tmp_path / "all")
    assert (one.status, one.step, one.seed, one.values.keys()) == ("finished", 20, 3, {"error"})
    assert (two.status, two.step, two.steps, two.values) == ("broken off", 8, 20, {})
    held = RunDirectory.reopen(tmp_path / "all" / "two")
    assert runs(tmp_path / "all")[1].status == "running"
    held.close()


def test_a_run_is_evaluated_again(tmp_path: Path, addition, often: None, monkeypatch: pytest.MonkeyPatch):
    result = run(addition(), Wishes(out=tmp_path / "run"))
    before = {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir() if p.is_file()}
    again = evaluate(tmp_path / "run")
    assert replace(again, seconds=result.seconds) == result
    assert before == {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir() if p.is_file()}
    broken(monkeypatch, 14, KeyError())
    with pytest.raises(KeyError):
        run(addition(), Wishes(out=tmp_path / "other"))
    assert evaluate(tmp_path / "other").step in (6, 12)
    with pytest.raises(ProgramError, match="SCG511"):
        evaluate(tmp_path)
