"""The step as one compiled function does what the eager step does, and nothing in training compiles it anew.

Traced, and run without a C++ compiler: what the compiler makes of a graph is its own business.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.utils import counters

from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train import whole
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.run import Run, run
from scgc.train.whole import WholeStep

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:torch.*")

TEXT = """program small
input x : real[3]
input y : class(2)
schedule rate = 0.01 / (1 + t)
schedule tau = 1 + 1 / (1 + t)
param w : real[2, 3] init normal(0, 1)
z ~ Categorical(logits = w @ x) via gumbel_softmax(tau, scale = 0)
loss cost = cross_entropy(log(z + 0.1), y)
metric right = argmax(z) == y
train {{ data = npz("mine.npz")  batch = 8  steps = 20  optimizer = {optimizer} }}
"""


@pytest.fixture(autouse=True)
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "BACKEND", "aot_eager")
    monkeypatch.setattr(whole, "has_compiler", lambda: True)
    torch._dynamo.reset()
    counters.clear()


def trained(folder: Path, name: str, optimizer: str, compiled: bool) -> Any:
    """The parameters after a run, and what it found."""
    from safetensors.torch import load_file

    source = Source(str(folder / "small.scg"), TEXT.format(optimizer=optimizer))
    wishes = Wishes(base=folder, out=folder / name, compile=compiled, device="cpu")
    result = run(Compiled.of(Compilation(source)), wishes)
    return load_file(folder / name / "last.safetensors"), result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    import numpy as np

    random = np.random.default_rng(0)
    x = random.normal(size=(44, 3)).astype("float32")
    np.savez(tmp_path / "mine.npz", x=x, y=(x[:, 0] > 0).astype(int))
    return tmp_path


@pytest.mark.parametrize("optimizer", ["adam(lr = rate)", "adamw(lr = 0.1, amsgrad = true)"])
def test_it_is_the_eager_step(folder: Path, optimizer: str) -> None:
    """Batches of the full size are compiled, the last of an epoch is not: one optimiser does both."""
    eager, _ = trained(folder, "eager", optimizer, False)
    found, _ = trained(folder, "whole", optimizer, True)
    assert counters["stats"]["unique_graphs"] == 1  # schedules and rates change at every step
    assert eager["w"].shape == (2, 3)
    torch.testing.assert_close(found["w"], eager["w"])


def test_each_run_has_its_own(folder: Path) -> None:
    """What is compiled is never looked at again, so that it must not be taken for that of another run."""
    for optimizer in ("adam(lr = 0.1)", "adam(lr = 0.01, weight_decay = 0.1)"):
        eager, _ = trained(folder, f"eager {optimizer}", optimizer, False)
        found, _ = trained(folder, f"whole {optimizer}", optimizer, True)
        torch.testing.assert_close(found["w"], eager["w"])
    assert counters["stats"]["unique_graphs"] == 2


def test_another_optimiser_stays_eager(folder: Path) -> None:
    eager, _ = trained(folder, "eager", "sgd(lr = 0.1)", False)
    found, _ = trained(folder, "whole", "sgd(lr = 0.1)", True)
    assert not counters["stats"]
    assert torch.equal(found["w"], eager["w"])


def test_what_fails_to_compile_is_told_and_leaves_no_trace(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def refuse(self: Run, loop: Any, tell: Any) -> WholeStep:
        step = WholeStep(loop.model, loop.turns, self.plan.batch, tell=told.append)

        def compiled(*_: Any) -> Any:
            torch.rand(3)
            raise RuntimeError("no\nway")

        for move in step.moves.values():
            move.compiled = compiled  # type: ignore[assignment]
        return step

    eager, _ = trained(folder, "eager", "adam(lr = rate)", False)
    monkeypatch.setattr(Run, "whole_step", refuse)
    found, _ = trained(folder, "whole", "adam(lr = rate)", True)
    assert told == ["steps are not compiled: RuntimeError: no"]
    assert torch.equal(found["w"], eager["w"])


def test_without_a_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "has_compiler", lambda: False)
    trained(folder, "whole", "adam(lr = rate)", True)
    assert not counters["stats"]
