"""A run that is broken off and resumed gives, bit for bit, what it gives when it is left alone."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train import keeping
from scgc.train.checkpoints import read_checkpoint
from scgc.train.compiled import Compiled
from scgc.train.keeping import BEST, LAST, PREVIOUS, Keeper
from scgc.train.loop import Loop
from scgc.train.plan import Wishes
from scgc.train.resuming import Again, resume
from scgc.train.run import run

EVERYTHING = """program everything
schedule beta = 0.1 + progress * step / 100
schedule gentle = 0.02 / (1 + epoch)
input x : real[2]
input label : class(3)
logits = x |> linear(8) |> relu |> dropout(0.3) |> linear(3)
z ~ Categorical(logits = logits) via score(baseline = moving_average)
loss wrong = beta * cross_entropy(logits, label) - z[label]
metric accuracy = argmax(logits) == label
train {{
  data = clusters(classes = 3, examples = 200)
  batch = 32
  epochs = 6
  optimizer = adam(lr = {rate})
  {more}
}}
"""


class Killed(BaseException):
    """What ends a process without a word."""


def compiled(rate: str = "gentle", more: str = "") -> Compiled:
    text = EVERYTHING.format(rate=rate, more=more)
    return Compiled.of(Compilation(Source("everything.scg", text)))


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every third step."""
    monkeypatch.setattr(Keeper, "due", lambda self, step, evaluated: step % 3 == 0 or self.clock.keeps(step))


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`killed(7)`: what runs after that is killed in its 8th step."""
    whole = Loop.step

    def after(steps: int) -> None:
        left = [steps]

        def step(self: Loop) -> Any:
            if not left[0]:
                monkeypatch.setattr(Loop, "step", whole)
                raise Killed
            left[0] -= 1
            return whole(self)

        monkeypatch.setattr(Loop, "step", step)

    return after


def same(path: Path, other: Path) -> None:
    """Two runs have the same tensors, metrics and result."""
    for name in (LAST, BEST):
        assert (path / name).exists() == (other / name).exists()
        if (path / name).exists():
            found, expected = (read_checkpoint(folder / name).tensors for folder in (path, other))
            assert found.keys() == expected.keys()
            assert [n for n in found if not torch.equal(found[n], expected[n])] == []
    assert (path / "metrics.jsonl").read_text() == (other / "metrics.jsonl").read_text()
    results = [json.loads((folder / "result.json").read_text()) for folder in (path, other)]
    for result in results:
        del result["path"], result["seconds"]
    assert results[0] == results[1]


PROGRAMS = {
    "a restless schedule": compiled,
    "a best checkpoint": lambda: compiled(more="evaluate = 3 per epoch  select = best(accuracy)"),
    "a plateau": lambda: compiled("0.1", "reduce_lr = on_plateau(patience = 0, threshold = 0.9)"),
    "momentum": lambda: compiled("0.1").__class__.of(Compilation(Source("e.scg", _sgd()))),
}


def _sgd() -> str:
    text = EVERYTHING.format(rate="0.1", more="")
    return text.replace("adam(lr = 0.1)", "rmsprop(lr = 0.01, momentum = 0.5)")


@pytest.mark.parametrize("which", PROGRAMS)
def test_broken_off_anywhere(which: str, tmp_path: Path, often: None, killed: Callable[[int], None]):
    run(PROGRAMS[which](), Wishes(out=tmp_path / "whole", seed=5))
    for steps in (0, 2, 3, 7, 13, 14, 20, 41):
        out = tmp_path / str(steps)
        killed(steps)
        with pytest.raises(Killed):
            run(PROGRAMS[which](), Wishes(out=out, seed=5))
        torch.rand(steps)  # the process that goes on has drawn other numbers
        random.random()
        resume(out, Again())
        same(out, tmp_path / "whole")


def test_broken_off_again_and_again(tmp_path: Path, often: None, killed: Callable[[int], None]):
    program = PROGRAMS["a best checkpoint"]()
    run(program, Wishes(out=tmp_path / "whole"))
    killed(4)
    with pytest.raises(Killed):
        run(program, Wishes(out=tmp_path / "run"))
    for _ in range(4):
        killed(8)
        with pytest.raises(Killed):
            resume(tmp_path / "run", Again())
    resume(tmp_path / "run", Again())
    same(tmp_path / "run", tmp_path / "whole")
