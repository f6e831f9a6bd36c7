"""Two processes train one model as one process does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train.crew import verify_parts
from scgc.train.plan import Wishes, make_plan

TEXT = """program shared
input x : real[2]
input label : class(3)
schedule gentle = 0.02 / (1 + epoch)
logits = x |> linear(8) |> relu |> linear(3)
{node}
loss wrong = cross_entropy(logits, label){more}
metric accuracy = argmax(logits) == label
train {{
  data = clusters(classes = 3, examples = 200)
  batch = 33
  {length}
  optimizer = adam(lr = gentle)
}}
"""
FIXED = ("z ~ Categorical(logits = logits) via enumerate", " + 0.1 * z[label]")
SCORED = (
    "z ~ Categorical(logits = 1e6 * logits) via score(baseline = moving_average)",
    " + 0.1 * z[label]",
)


def write(folder: Path, node: str = "", more: str = "", length: str = "epochs = 3") -> Path:
    path = folder / "shared.scg"
    path.write_text(TEXT.format(node=node, more=more, length=length))
    return path


def started(path: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scgc", "run", *words, "--device", "cpu"]
    kept = {k: v for k, v in os.environ.items() if k not in ("RANK", "LOCAL_RANK", "WORLD_SIZE")}
    return subprocess.Popen(
        command, cwd=path.parent, env=kept, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out + err


@pytest.mark.parametrize("node", [FIXED, SCORED])
def test_two_are_one(tmp_path: Path, node: tuple[str, str]) -> None:
    """Nothing is drawn, or what is drawn is certain; 200 examples in batches of 33 never divide evenly."""
    path = write(tmp_path, *node)
    one = started(path, "shared.scg", "--out", "one")
    two = started(path, "shared.scg", "--out", "two", "--devices", "2")
    for process in (one, two):
        code, told = ended(process)
        assert code == 0, told
    expected = load_file(tmp_path / "one" / "last.safetensors")
    for name, found in load_file(tmp_path / "two" / "last.safetensors").items():
        if not name.startswith(("random:", "data:")):
            torch.testing.assert_close(found, expected[name], rtol=1e-4, atol=1e-5)
    results = [json.loads((tmp_path / n / "result.json").read_text())["test"] for n in ("one", "two")]
    assert results[1] == pytest.approx(results[0], abs=1e-4)


def training(path: Path) -> subprocess.Popen[str]:
    """A long run by two processes, that has begun."""
    run = started(path, "shared.scg", "--out", "run", "--devices", "2")
    metrics = path.parent / "run" / "metrics.jsonl"
    while not (metrics.exists() and metrics.stat().st_size):
        assert run.poll() is None, ended(run)
        time.sleep(0.1)
    return run


def test_it_is_interrupted_and_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path, length="steps = 100000")
    run = training(path)
    run.send_signal(signal.SIGINT)  # to the first alone: the others hear of it
    code, told = ended(run)
    assert code == 130, told
    assert "Traceback" not in told
    step = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])["step"]
    code, told = ended(started(path, "--resume", "run", "--steps", str(step + 300)))
    assert code == 0, told
    assert json.loads((tmp_path / "run" / "settings.json").read_text())["wishes"]["devices"] == 2


def test_torchrun_with_other_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, length="steps = 3")
    assert ended(started(path, "shared.scg", "--out", "two", "--devices", "2"))[0] == 0
    for resumed, words in ((2, ["--resume", "two", "--steps", "5"]), (1, ["shared.scg"])):
        command = ["torch.distributed.run", "--standalone", "--nproc-per-node", "3", "--no-python"]
        command += [sys.executable, "-m", "scgc", "run", *words]
        found = subprocess.run([sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True)
        assert f"error[SCG538]: torchrun started 3 processes, and the run has {resumed}" in found.stderr
        assert "internal error" not in found.stderr


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the other process is found in /proc")
def test_the_death_of_one_ends_all(tmp_path: Path) -> None:
    run = training(write(tmp_path, length="steps = 100000"))
    (other,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    os.kill(int(other), signal.SIGKILL)
    code, told = ended(run)
    assert code == 1 and "error[SCG537]: a process of this run has ended: " in told, told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("text", "examples", "told"),
    [
        ("y = batchnorm(linear(x, 4))", 66, "SCG535.*`batchnorm`"),
        ("z ~ Categorical(logits = logits) via relax", 66, "SCG535.*`relax`"),
        ("", 67, "SCG536.*1 examples cannot be divided among 2"),
    ],
)
def test_what_cannot_be_divided(text: str, examples: int, told: str) -> None:
    more = " + 0.1 * z[label]" if "z ~" in text else " + mean(y)" if text else ""
    compilation = Compilation(Source("shared.scg", TEXT.format(node=text, more=more, length="epochs = 1")))
    plan = make_plan(compilation.program, Wishes(), examples)
    with pytest.raises(ProgramError, match=told):
        verify_parts(compilation.program, plan, examples, 2)
