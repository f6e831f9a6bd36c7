"""A loss that is no number: where it came from."""

from pathlib import Path

import pytest

from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.run import run

PROGRAM = """program trouble
schedule far = {far}
input x : real[2]
input label : class(3)
param w : real[3, 2] init normal(0, 0.1)
net score(x : real[2]) -> real[3] {{
  z ~ Normal({mean}, 1) via pathwise
  return w @ x + 0 * z
}}
masked = log(relu(w @ x))
logits = score(x)
near = {near}
metric usual = sum(masked)
loss wrong = cross_entropy(logits, label) + near
train {{
  data = clusters(classes = 3, examples = 200)
  batch = 32
  epochs = 20
  optimizer = sgd(lr = 0.01)
  {more}
}}
"""


def told(tmp_path: Path, far: str = "1", mean: str = "0", near: str = "0", more: str = "") -> str:
    """What is told of a run."""
    text = PROGRAM.format(far=far, mean=mean, near=near, more=more)
    compiled = Compiled.of(Compilation(Source("trouble.scg", text)))
    with pytest.raises(ProgramError) as caught:
        run(compiled, Wishes(out=tmp_path / "run"))
    (fault,) = caught.value.diagnostics
    assert fault.code == "SCG513"
    return fault.words(fault.title) + "; " + fault.words(fault.help)


LATER = "1 - 2 * min(1, max(0, t - 42))"
"""1 up to step 43, then -1."""


def test_a_node(tmp_path: Path):
    words = told(tmp_path, far=LATER, mean="log(far)")
    assert "the loss `wrong` is no longer a finite number at step 44; at step 44 the node `logits.z`" in words
    assert "nothing was saved before" in words


def test_a_value_after_a_checkpoint(tmp_path: Path):
    words = told(tmp_path, far=LATER, near="log(far)", more="checkpoint = 0.1 per step")
    assert "at step 44 the value `near` was the first; the checkpoint of step 40 is kept" in words


def test_a_gradient(tmp_path: Path):
    """The root of 0 has an infinite slope, and its value is fine."""
    words = told(tmp_path, far="max(0, 43 - t)", near="sqrt(far * w[0, 0] ^ 2)")
    assert "at step 44 the gradient of `w` was the first" in words and "finite number at step 45" in words


def test_parameters_are_looked_at_before_they_are_saved(tmp_path: Path):
    root = "sqrt(far * w[0, 0] ^ 2)"
    words = told(tmp_path, far="max(0, 43 - t)", near=root, more="checkpoint = 1 per step")
    assert "the parameter `w` is no longer a finite number at step 44" in words
    assert "the checkpoint of step 43 is kept" in words
