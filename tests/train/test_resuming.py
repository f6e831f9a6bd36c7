"""A run that is broken off and resumed gives, bit for bit, what it gives when it is left alone."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.pipeline import Compilation
from scgc.programs import shipped
from scgc.source import Source
from scgc.train.checkpoints import read_checkpoint
from scgc.train.compiled import Compiled
from scgc.train.keeping import BEST, LAST, Keeper
from scgc.train.loop import Loop
from scgc.train.plan import Wishes
from scgc.train.resuming import Again, resume
from scgc.train.run import run

EVERYTHING = """program everything
schedule beta = 0.1 + progress * step / 100
schedule gentle = 0.02 / (1 + epoch)
input x : real[2]
input label : class(3)
image = x |> linear(9) |> reshape(1, 3, 3) |> conv(4, kernel = 2) |> conv(2, kernel = 2)
logits = flatten(image) |> linear(8) |> relu |> dropout(0.3) |> linear(3)
z ~ Categorical(logits = logits) via score(baseline = moving_average)
loss wrong = beta * cross_entropy(logits, label) - z[label]
metric accuracy = argmax(logits) == label
train {{
  data = clusters(classes = 3, examples = 200)
  batch = 32
  epochs = 6
  optimizer = {optimizer}(lr = {rate})
  {more}
}}
"""


class Killed(BaseException):
    """What ends a process without a word."""


def compiled(rate: str = "gentle", more: str = "", optimizer: str = "adam") -> Compiled:
    text = EVERYTHING.format(rate=rate, more=more, optimizer=optimizer)
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
    "momentum": lambda: compiled("0.01, momentum = 0.5", optimizer="rmsprop"),
}


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


def test_killed_at_random_moments(tmp_path: Path):
    program = Path(__file__).parent / "killing.py"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, program, tmp_path, "20"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    saved = json.loads(done.stdout)
    assert len(saved) == 20 and max(saved) > 0
    for i in range(20):
        same(tmp_path / str(i), tmp_path / "whole")


def test_data_with_a_validation_part(tmp_path: Path, often: None, killed: Callable[[int], None]):
    x = torch.randn(100, 2, generator=torch.Generator().manual_seed(0)).numpy()
    label = (x[:, 0] > 0).astype(int)
    numpy.savez(tmp_path / "mine.npz", x=x, label=label)
    numpy.savez(tmp_path / "other.npz", x=x[:40], label=label[:40])
    program = changed('npz("mine.npz", validation = "other.npz")', "select = best(accuracy)")
    wishes = Wishes(base=tmp_path)
    run(program, replace(wishes, out=tmp_path / "whole"))
    killed(11)
    with pytest.raises(Killed):
        run(program, replace(wishes, out=tmp_path / "run"))
    resume(tmp_path / "run", Again())
    same(tmp_path / "run", tmp_path / "whole")
    assert json.loads((tmp_path / "run" / "result.json").read_text())["validation"]


def changed(data: str, more: str) -> Compiled:
    text = EVERYTHING.format(rate="gentle", more=more, optimizer="adam").replace(
        "clusters(classes = 3, examples = 200)", data
    )
    return Compiled.of(Compilation(Source("everything.scg", text)))


def test_a_finished_run_says_so_and_can_be_extended(tmp_path: Path):
    first = run(compiled(), Wishes(out=tmp_path / "run"))
    again = resume(tmp_path / "run", Again())
    assert again.found and replace(again, found=False, seconds=first.seconds) == first
    assert resume(tmp_path / "run", Again(epochs=6)).found
    longer = resume(tmp_path / "run", Again(epochs=8))
    assert not longer.found and longer.steps == 56
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert settings["steps"] == 56 and resume(tmp_path / "run", Again()).found
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [e["step"] for e in lines if e["event"] == "evaluation"] == [42, 56]
    with pytest.raises(ProgramError, match="SCG523"):
        resume(tmp_path / "run", Again(steps=10))
    assert resume(tmp_path / "run", Again()).found


def test_fewer_steps_than_the_run_was_begun_for(tmp_path: Path, often: None, killed: Callable[[int], None]):
    """More losses wait to be logged than a run of so many steps ever holds."""
    killed(54)
    with pytest.raises(Killed):
        run(compiled(), Wishes(out=tmp_path / "run", steps=100_000))
    assert resume(tmp_path / "run", Again(steps=60)).step == 60


def test_changed_data_is_noticed(tmp_path: Path, often: None, killed: Callable[[int], None]):
    killed(11)
    numpy.savez(tmp_path / "mine.npz", x=numpy.zeros((90, 2)), label=numpy.zeros(90, int))
    with pytest.raises(Killed):
        run(changed('npz("mine.npz")', ""), Wishes(out=tmp_path / "run", base=tmp_path))
    for n, told in ((190, "steps an epoch now"), (80, "examples then")):
        numpy.savez(tmp_path / "mine.npz", x=numpy.zeros((n, 2)), label=numpy.zeros(n, int))
        with pytest.raises(ProgramError) as caught:
            resume(tmp_path / "run", Again())
        (fault,) = caught.value.diagnostics
        assert fault.code == "SCG523" and told in fault.words(fault.title)


def test_another_machine_is_told(tmp_path: Path, often: None, killed: Callable[[int], None]):
    killed(11)
    with pytest.raises(Killed):
        run(compiled(), Wishes(out=tmp_path / "run"))
    path = tmp_path / "run" / "settings.json"
    path.write_text(path.read_text().replace(f'"torch": "{torch.__version__}"', '"torch": "1.0"'))
    told: list[Diagnostic] = []
    resume(tmp_path / "run", Again(), tell=told.append)
    assert [d.code for d in told] == ["SCG524"] and "torch 1.0" in told[0].words(told[0].title)


def test_what_is_no_run_is_not_resumed(tmp_path: Path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ProgramError, match="SCG511"):
            resume(path, Again())


@pytest.mark.parametrize("name", sorted(shipped()))
def test_what_a_directory_holds_is_the_program(name: str):
    whole = Compiled.of(Compilation.of(name))
    restored = Compiled.restored(json.loads(json.dumps(whole.stored())))
    assert restored.stored() == whole.stored() and restored.program == whole.program
    assert restored.evaluated.keys() == whole.evaluated.keys()
