"""`run`, `sample` and `compile` on shipped programs, from the words to the files."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

import scgc
from scgc.cli import main


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]):
    """`command("run", "bandit")` gives exit code, stdout, stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        told = capsys.readouterr()
        assert "Traceback" not in told.err + told.out
        return int(left.value.code or 0), told.out, told.err

    return call


def test_run_then_sample_then_load(command, tmp_path: Path):
    out = tmp_path / "run"
    code, told, err = command("run", "digit_addition", "--epochs", 1, "--set", "batch=100", "--out", out)
    assert code == 0 and not err
    assert "evaluation  epoch 1  step 60/60" in told and "matched_accuracy(left.z, digit_a)" in told
    assert str(out) in told.replace("\n", "")
    code, told, err = command("sample", "digit_addition", "--from", out, "-n", 7)
    assert code == 0 and len(told.splitlines()) == 8 and "left.z" in told.splitlines()[0]
    drawn = json.loads(command("sample", "digit_addition", "--from", out, "-n", 7, "--json")[1])["draws"]
    assert len(drawn) == 7 and all(
        0 <= d["left.z"] < 19 and d["total"] == d["digit_a"] + d["digit_b"] for d in drawn
    )
    model = scgc.load(out)
    assert not model.training and model.program == "digit_addition"


def test_json(command, tmp_path: Path):
    words = ("run", "digit_addition", "--steps", 3, "--seed", 4, "--json", "--out", tmp_path / "run")
    code, told, _ = command(*words)
    result = json.loads(told)
    assert code == 0 and result["seed"] == 4 and result["steps"] == 3 and result["variant"] is None
    assert result == json.loads((tmp_path / "run" / "result.json").read_text())
    code, told, err = command(*words)
    assert code == 1 and json.loads(told)["diagnostics"][0]["code"] == "SCG514" and "SCG514" in err


def test_a_fresh_model_can_be_sampled(command):
    code, told, _ = command("sample", "digit_addition", "-n", 3, "--json")
    assert code == 0 and len(json.loads(told)["draws"]) == 3
    assert told == command("sample", "digit_addition", "-n", 3, "--json")[1]
    assert told != command("sample", "digit_addition", "-n", 3, "--seed", 1, "--json")[1]


def test_compile(command, tmp_path: Path):
    code, told, _ = command("compile", "digit_addition")
    assert code == 0 and "class DigitAddition(Model):" in told
    assert command("compile", "digit_addition", "-o", tmp_path / "digits.py")[:2] == (0, "")
    assert (tmp_path / "digits.py").read_text() == told
    code, _, err = command("compile", "digit_addition", "-o", tmp_path / "no" / "digits.py")
    assert code == 1 and "SCG514" in err


OWN = """program own
input x : real[3]
input label : class(2)
param w : real[2, 3]
loss error = cross_entropy(w @ x, label)
train { data = npz("mine.npz")  batch = 8  steps = 5  optimizer = adam(lr = 0.1) }
"""


def test_data_of_the_users_own(command, tmp_path: Path):
    (tmp_path / "own.scg").write_text(OWN)
    x = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(tmp_path / "mine.npz", x=x, label=(x[:, 0] > 0).astype(int))
    code, told, err = command("run", tmp_path / "own.scg", "--out", tmp_path / "run")
    assert code == 0 and "error" in told and not err
    np.savez(tmp_path / "mine.npz", x=x, label=np.full(40, 2))
    code, _, err = command("run", tmp_path / "own.scg", "--out", tmp_path / "again")
    assert code == 1 and "SCG504" in err and "own.scg:3:7" in err and not (tmp_path / "again").exists()


def test_code_of_the_users_own(command, tmp_path: Path):
    (tmp_path / "own.scg").write_text(OWN.replace('npz("mine.npz")', 'python("data_of_mine:give", n = 30)'))
    (tmp_path / "data_of_mine.py").write_text(
        "import numpy as np\n"
        "def give(n):\n"
        "    return {'x': np.zeros((n, 3)), 'label': np.zeros(n, dtype=int)}\n"
    )
    code, _, err = command("run", tmp_path / "own.scg", "--out", tmp_path / "run")
    assert code == 1 and "SCG311" in err and "--allow-extern" in err
    code, _, err = command("run", tmp_path / "own.scg", "--out", tmp_path / "run", "--allow-extern")
    assert code == 0 and not err


def test_several_seeds(command, tmp_path: Path):
    """Each run is the single run of its seed; the object holds their mean and standard deviation."""
    (tmp_path / "own.scg").write_text(OWN)
    x = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(tmp_path / "mine.npz", x=x, label=(x[:, 0] > 0).astype(int))
    code, told, _ = command(
        "run", tmp_path / "own.scg", "--seed", 3, "--seeds", 2, "--out", tmp_path / "k", "--json"
    )
    assert code == 0
    found = json.loads(told)
    code, told, _ = command("run", tmp_path / "own.scg", "--seed", 4, "--out", tmp_path / "one", "--json")
    assert [r["seed"] for r in found["runs"]] == [3, 4]
    assert found["runs"][1]["test"] == json.loads(told)["test"]
    errors = [r["test"]["error"] for r in found["runs"]]
    (over,) = found["over"].values()
    assert over["error"]["mean"] == pytest.approx(sum(errors) / 2)
    assert over["error"]["std"] == pytest.approx(abs(errors[0] - errors[1]) / 2**0.5)
    code, told, _ = command("run", tmp_path / "own.scg", "--seeds", 2, "--out", tmp_path / "table")
    assert code == 0 and "seed 1" in told and "mean" in told and (tmp_path / "table" / "seed-1").is_dir()


def test_what_cannot_be_run(command, tmp_path: Path):
    (tmp_path / "still.scg").write_text("param w : real[]\nloss cost = w ^ 2\n")
    code, _, err = command("run", tmp_path / "still.scg")
    assert code == 1 and "SCG510" in err
    code, _, err = command("run", "digit_addition", "--device", "abacus", "--out", tmp_path / "run")
    assert code == 1 and "SCG512" in err and "cpu" in err
    code, _, err = command("run", "mnist_addition", "--data", tmp_path / "nowhere", "--out", tmp_path / "run")
    assert code == 1 and "SCG501" in err and not (tmp_path / "run").exists()
    code, _, err = command("sample", "digit_addition", "--from", tmp_path)
    assert code == 1 and "SCG511" in err


DIMS = """program dims
dim N = data.entities
input who : class(N)
param table : real[N, 4]
loss size = sum(table[who] ^ 2)
train { data = npz("mine.npz")  batch = 8  steps = 5  optimizer = adam(lr = 0.1) }
"""


def test_a_size_that_only_the_data_knows(command, tmp_path: Path):
    (tmp_path / "dims.scg").write_text(DIMS)
    np.savez(tmp_path / "mine.npz", who=np.arange(20), entities=np.array(25))
    code, _, err = command("run", tmp_path / "dims.scg", "--out", tmp_path / "run")
    assert code == 0, err
    assert scgc.load(tmp_path / "run").table.shape == (25, 4)
    np.savez(tmp_path / "mine.npz", who=np.arange(20))
    code, _, err = command("run", tmp_path / "dims.scg", "--out", tmp_path / "again")
    assert code == 1 and "SCG506" in err and "data.entities" in err


def test_a_run_is_broken_off_and_goes_on(command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from scgc.train.loop import Loop

    whole = Loop.step

    def step(self: Loop) -> object:
        if self.state.step == 7:
            os.kill(os.getpid(), signal.SIGTERM)
        return whole(self)

    out = tmp_path / "my run"
    words = ("run", "bandit", "--steps", 20, "--seed", 3, "--out", out)
    monkeypatch.setattr(Loop, "step", step)
    code, _, err = command(*words)
    assert code == 143 and f"interrupted after step 8; to go on: scgc run --resume '{out}'" in err
    monkeypatch.setattr(Loop, "step", whole)
    code, _, err = command(*words)
    assert code == 1 and "SCG514" in err and "--resume" in err
    code, told, err = command("run", "--resume", out)
    assert code == 0 and not err and "goes on at step 8 of 20" in told.replace("\n", "")
    code, told, _ = command("run", "--resume", out, "--json")
    first = json.loads(told)
    code, told, _ = command("run", "bandit", "--steps", 20, "--seed", 3, "--out", tmp_path / "b", "--json")
    same = {"path": None, "seconds": None}
    assert code == 0 and first | same == json.loads(told) | same
    code, told, _ = command("run", "--resume", out)
    assert code == 0 and "this run is finished" in told and "regret" in told
    code, told, _ = command("run", "--resume", out, "--steps", 25)
    assert code == 0 and "step 25 of 25" in told.replace("\n", "")


def test_what_a_run_that_goes_on_cannot_be_told(command, tmp_path: Path):
    for words in (("bandit",), ("--seed", 0), ("--set", "batch=3"), ("--out", tmp_path), ("--threads", 1)):
        code, _, err = command("run", "--resume", tmp_path, *words)
        assert code == 2 and "the directory of the run says it already" in " ".join(err.split())
    assert command("run")[0] == 2
    code, _, err = command("run", "--resume", tmp_path)
    assert code == 1 and "SCG511" in err


def test_graphs_that_are_drawn_become_pictures(command, tmp_path: Path):
    words = ("sample", "listops", "-n", 2, "--set", "data.per_depth=20", "--draw", tmp_path / "trees")
    code, _, err = command(*words, "--format", "dot")
    assert code == 0 and not err
    files = sorted(tmp_path.rglob("*.dot"))
    assert [f.name for f in files] == ["tree-1.dot", "tree-2.dot"] and "[M" in files[0].read_text()
    code, _, err = command("sample", "bandit", "--draw", tmp_path / "none")
    assert code == 1 and "SCG510" in err and not (tmp_path / "none").exists()


def test_runs_and_eval(command, tmp_path: Path):
    assert command("runs", tmp_path)[:2] == (0, f"no runs in {tmp_path}\n")
    words = ("run", "bandit", "--steps", 20, "--set", "batch=16", "--json", "--out", tmp_path / "one")
    result = json.loads(command(*words)[1])
    code, told, _ = command("runs", tmp_path)
    assert code == 0 and "one" in told and "bandit" in told and "batch = 16" in told and "finished" in told
    (listed,) = json.loads(command("runs", tmp_path, "--json")[1])["runs"]
    assert listed["values"] == result["test"] and listed["set"] == {"batch": "16"}
    code, told, err = command("eval", tmp_path / "one", "--json")
    assert code == 0 and not err and json.loads(told) == result
    code, told, _ = command("eval", tmp_path / "one")
    assert code == 0 and "last checkpoint, step 20 of 20" in told
    code, _, err = command("eval", tmp_path)
    assert code == 1 and "SCG511" in err
