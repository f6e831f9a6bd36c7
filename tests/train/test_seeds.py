"""Runs that differ in the seed, side by side as one batched program: each is what it would be alone."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from torch._dynamo.utils import counters

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train import whole
from scgc.train.abreast import Abreast
from scgc.train.checkpoints import read_checkpoint
from scgc.train.compiled import Compiled
from scgc.train.keeping import BEST, LAST, PREVIOUS, Keeper
from scgc.train.plan import Wishes
from scgc.train.results import Results
from scgc.train.resuming import Again
from scgc.train.resuming_several import resume_seeds
from scgc.train.run import run
from scgc.train.runs import SEEDS
from scgc.train.several import run_seeds
from scgc.train.stopping import Interrupted

STILL = """program still
input x : real[3]
input y : class(2)
schedule rate = 0.05 / (1 + t)
schedule tau = 1 + 1 / (1 + t)
net hidden(x : real[3]) -> real[4] {{ return x |> linear(4) |> tanh }}
param w : real[2, 4] init normal(0, 1)
param bias : real[]
z ~ Categorical(logits = exp(bias) * (w @ hidden(x))) via gumbel_softmax(tau, scale = 0)
loss cost = cross_entropy(log(z + 0.1), y)
metric right = argmax(w @ hidden(x)) == y
train {{ data = npz("mine.npz")  batch = 8  epochs = 4  optimizer = {optimizer}  {more} }}
"""
"""What draws nothing in training: a batched run is its single run, but for the order of sums."""

NOISY = """program noisy
input x : real[3]
input y : class(2)
schedule rate = 0.05 / (1 + t)
logits = x |> linear(8) |> relu |> linear(2)
z ~ Categorical(logits) via score(baseline = moving_average)
loss cost = cross_entropy(logits, y) - z[y]
metric right = argmax(logits) == y
train { data = npz("mine.npz")  batch = 8  epochs = 4  optimizer = adam(lr = rate)
        evaluate = 2 per epoch  select = best(right) }
"""

UNSOUND = """program unsound
input x : real[3]
param w : real[] init uniform(-1, 0.8)
root = log(w)
loss cost = root + 0 * sum(x)
train { data = npz("mine.npz")  batch = 8  epochs = 4  optimizer = sgd(lr = 1e-9) }
"""
"""A seed that begins with a negative parameter has no finite loss."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    x = np.random.default_rng(0).normal(size=(44, 3)).astype("float32")
    np.savez(tmp_path / "mine.npz", x=x, y=(x[:, 0] > 0).astype(int))
    return tmp_path


def compiled(folder: Path, text: str) -> Compiled:
    return Compiled.of(Compilation(Source(str(folder / "mine.scg"), text)))


def seeds(folder: Path, text: str, name: str, count: int = 3, **wishes: Any) -> Results:
    given = {"seed": 4, "base": folder, "out": folder / name, "device": "cpu"} | wishes
    return run_seeds(compiled(folder, text), Wishes(**given), count)


def alone(folder: Path, text: str, name: str, seed: int) -> Path:
    run(compiled(folder, text), Wishes(seed=seed, base=folder, out=folder / name, device="cpu"))
    return folder / name


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]


def close(found: Any, expected: Any) -> None:
    """Equal but for the last digits of numbers."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name in expected:
            close(found[name], expected[name])
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)
    else:
        assert found == expected


OPTIMIZERS = (
    "adam(lr = rate)",
    "adamw(lr = 0.1, amsgrad = true)",
    "sgd(lr = rate, momentum = 0.9)",
    "rmsprop(lr = 0.01, momentum = 0.5)",
)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_without_noise_each_is_its_single_run(folder: Path, optimizer: str) -> None:
    text = STILL.format(optimizer=optimizer, more="evaluate = 2 per epoch  select = best(cost)")
    results = seeds(folder, text, "all")
    assert not results.why and [r.seed for r in results.results] == [4, 5, 6]
    for seed in (4, 5, 6):
        path, single = folder / "all" / f"seed-{seed}", alone(folder, text, f"one-{seed}", seed)
        for name in (LAST, BEST):
            found, expected = read_checkpoint(path / name), read_checkpoint(single / name)
            assert found.tensors.keys() == expected.tensors.keys()
            for tensor in [n for n in expected.tensors if not n.startswith("random:")]:
                torch.testing.assert_close(
                    found.tensors[tensor], expected.tensors[tensor], rtol=1e-4, atol=1e-5
                )
        plain = [line for line in lines(path) if line["event"] != "nodes"]
        for line, other in zip(plain, [o for o in lines(single) if o["event"] != "nodes"], strict=True):
            close(line, other)


def test_compiled_they_are_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "BACKEND", "aot_eager")
    monkeypatch.setattr(whole, "has_compiler", lambda: True)
    torch._dynamo.reset()
    counters.clear()
    text = STILL.format(optimizer=OPTIMIZERS[0], more="")
    eager, found = seeds(folder, text, "eager"), seeds(folder, text, "whole", compile=True)
    assert counters["stats"]["unique_graphs"] == 1
    for one, other in zip(found.results, eager.results, strict=True):
        parts = [read_checkpoint(r.path / LAST).weights for r in (one, other)]
        for name in parts[1]:
            torch.testing.assert_close(parts[0][name], parts[1][name], rtol=1e-4, atol=1e-5)


def test_they_draw_for_themselves(folder: Path) -> None:
    """Runs that begin the same and see the same data part, and part ways with one another too."""
    text = (
        NOISY.replace("logits = x |> linear(8) |> relu |> linear(2)", "logits = w @ x")
        .replace("logits = w", "param w : real[2, 3] init constant(0.1)\nlogits = w")
        .replace("cross_entropy(logits, y)", "0 * cross_entropy(logits, y)")
        .replace("batch = 8", "batch = 44")
    )
    results = seeds(folder, text, "all", 4)
    found = [read_checkpoint(r.path / LAST).weights["w"] for r in results.results]
    assert all(not torch.allclose(found[i], found[j]) for i in range(4) for j in range(i))


# ---- broken off


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every third step."""
    monkeypatch.setattr(Keeper, "due", lambda self, step, evaluated: step % 3 == 0 or self.clock.keeps(step))


class Killed(BaseException):
    """What ends a process without a word."""


def killed(
    monkeypatch: pytest.MonkeyPatch, what: type, method: str, after: int, make: Callable[[], Any]
) -> None:
    """Make something, until a method is called once more than `after` times."""
    usual, left = getattr(what, method), [after]

    def counted(self: Any, *given: Any) -> Any:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return usual(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(what, method, counted)
        with pytest.raises(Killed):
            make()


def same(folder: Path, name: str, other: str, seeds: tuple[int, ...] = (4, 5, 6)) -> None:
    """Runs have the same tensors, metrics and results, bit for bit."""
    for seed in seeds:
        path, whole_ = (folder / n / f"seed-{seed}" for n in (name, other))
        for file in (LAST, BEST):
            assert (path / file).exists() == (whole_ / file).exists()
            if (path / file).exists():
                found, expected = (read_checkpoint(p / file).tensors for p in (path, whole_))
                assert found.keys() == expected.keys()
                assert [n for n in found if not torch.equal(found[n], expected[n])] == []
        assert (path / "metrics.jsonl").read_text() == (whole_ / "metrics.jsonl").read_text()
        results = [json.loads((p / "result.json").read_text()) for p in (path, whole_)]
        assert results[0]["test"] == results[1]["test"] and results[0]["step"] == results[1]["step"]


def again(folder: Path, name: str, tell: Callable[[Diagnostic], None] = lambda d: None) -> Results:
    torch.rand(3)  # the process that goes on has drawn other numbers
    return resume_seeds(folder / name, Again(), None, tell)


@pytest.mark.parametrize(
    ("what", "method", "after"),
    [
        *((Abreast, "step", steps) for steps in (0, 2, 7, 13, 19)),
        *((Keeper, "write", writes) for writes in (1, 3, 5, 8)),
        (Abreast, "keep", 2),
    ],
)
def test_killed_and_resumed(
    folder: Path, often: None, monkeypatch: pytest.MonkeyPatch, what: type, method: str, after: int
) -> None:
    """Also between the checkpoints of two runs, where one has a later one than the other."""
    seeds(folder, NOISY, "whole")
    killed(monkeypatch, what, method, after, lambda: seeds(folder, NOISY, "run"))
    again(folder, "run")
    same(folder, "run", "whole")


def test_killed_before_all_have_begun(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scgc.train.run import Run

    seeds(folder, NOISY, "whole")
    killed(monkeypatch, Run, "prepare", 2, lambda: seeds(folder, NOISY, "run"))
    again(folder, "run")
    same(folder, "run", "whole")


def test_a_damaged_checkpoint_takes_all_back(
    folder: Path, often: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds(folder, NOISY, "whole")
    killed(monkeypatch, Abreast, "step", 10, lambda: seeds(folder, NOISY, "run"))
    path = folder / "run" / "seed-5" / LAST
    content = bytearray(path.read_bytes())
    content[-3] ^= 255
    path.write_bytes(content)
    told: list[Diagnostic] = []
    again(folder, "run", told.append)
    assert [d.code for d in told] == ["SCG520"]
    same(folder, "run", "whole")


def test_without_a_common_checkpoint(folder: Path, often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(monkeypatch, Abreast, "step", 10, lambda: seeds(folder, NOISY, "run"))
    for name in (LAST, PREVIOUS):
        (folder / "run" / "seed-5" / name).write_bytes(b"nothing")
    with pytest.raises(ProgramError, match="checkpoint of the same step") as raised:
        again(folder, "run")
    assert raised.value.diagnostics[0].code == "SCG523"


def test_interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds(folder, NOISY, "whole")
    usual = Abreast.step

    def step(self: Abreast, batch: Any) -> Any:
        if self.done == 7:
            os.kill(os.getpid(), signal.SIGINT)
        return usual(self, batch)

    with monkeypatch.context() as patched:
        patched.setattr(Abreast, "step", step)
        with pytest.raises(Interrupted) as ended:
            seeds(folder, NOISY, "run")
    assert ended.value.step == 8 and ended.value.folder == folder / "run"
    again(folder, "run")
    same(folder, "run", "whole")


def test_finished_runs_give_their_results(folder: Path) -> None:
    results = seeds(folder, NOISY, "run")
    found = again(folder, "run")
    assert [r.test for r in found.results] == [r.test for r in results.results]
    longer = resume_seeds(folder / "run", Again(epochs=6), None, lambda d: None)
    assert {r.steps for r in longer.results} == {30}


# ---- runs that diverge


def test_one_diverges_and_the_others_go_on(
    folder: Path, often: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = seeds(folder, UNSOUND, "all", 6)
    ended = [int(f.what.split()[1].rstrip(":")) for f in results.faults]
    left = [r.seed for r in results.results]
    assert ended and left and sorted(ended + left) == list(range(4, 10))
    fault = results.faults[0]
    assert fault.source == "at step 1 the value `root` was the first" and fault.step == 1
    assert not (folder / "all" / f"seed-{ended[0]}" / "result.json").exists()
    found = again(folder, "all")
    assert [r.seed for r in found.results] == left and found.faults == results.faults
    killed(monkeypatch, Abreast, "step", 12, lambda: seeds(folder, UNSOUND, "run", 6))
    assert again(folder, "run").faults == results.faults
    same(folder, "run", "all", tuple(left))


def test_all_diverge(folder: Path) -> None:
    text = UNSOUND.replace("uniform(-1, 0.8)", "constant(-1)")
    with pytest.raises(ProgramError) as raised:
        seeds(folder, text, "all")
    assert [d.code for d in raised.value.diagnostics] == ["SCG513"] * 3


# ---- one after another

REASONS = {
    "its estimators (rebar, relax, lax) take gradients within the pass": NOISY.replace(
        "score(baseline = moving_average)", "relax"
    ),
    "each run has a learning rate of its own (reduce_lr)": STILL.format(
        optimizer="adam(lr = 0.1)", more="reduce_lr = on_plateau(patience = 0)"
    ),
    "PyTorch cannot batch it (Batching rule not implemented for aten::lstm": NOISY.replace(
        "x |> linear(8) |> relu |>", "reshape(x, 3, 1) |> lstm(8) |> flatten |>"
    ),
    "its convolutions take longer side by side on a processor": NOISY.replace(
        "x |> linear(8) |> relu |>", "x |> linear(9) |> reshape(1, 3, 3) |> conv(2, kernel = 2) |> flatten |>"
    ),
}


@pytest.mark.parametrize("why", REASONS)
def test_one_after_another(folder: Path, why: str) -> None:
    """Where the program cannot be batched or had better not be, and the reason is told."""
    console = Console(record=True, width=200)
    wishes = Wishes(seed=4, base=folder, out=folder / "all", device="cpu")
    results = run_seeds(compiled(folder, REASONS[why]), wishes, 2, console)
    assert results.why.startswith(why)
    assert f"the runs are made one after another: {results.why}" in console.export_text()
    single = alone(folder, REASONS[why], "one", 5)
    result = json.loads((single / "result.json").read_text())
    assert results.results[1].test == result["test"]
    assert json.loads((folder / "all" / SEEDS).read_text())["one after another"] == results.why


def test_one_after_another_resumed(folder: Path, often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from scgc.train.loop import Loop

    text = STILL.format(optimizer="adam(lr = 0.1)", more="reduce_lr = on_plateau(patience = 0)")
    seeds(folder, text, "whole")
    killed(monkeypatch, Loop, "step", 30, lambda: seeds(folder, text, "run"))
    again(folder, "run")
    same(folder, "run", "whole")


def test_one_after_another_one_diverges(folder: Path) -> None:
    text = UNSOUND.replace("1e-9) }", "1e-9)  reduce_lr = on_plateau(patience = 0) }")
    results = seeds(folder, text, "all", 6)
    assert results.why and results.faults and results.results
