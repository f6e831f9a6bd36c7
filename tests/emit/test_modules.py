"""Generated modules: their text is what it was and clean, and they run."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path
from typing import Any

import torch
import torch.fx.experimental._config

from scgc.ir.graph import bodies
from scgc.ir.types import TensorType


def test_text_is_unchanged(path: Path, golden: Callable[[str, str], None], examples: Any) -> None:
    """Of a program that uses others: what differs from the module of the first."""
    text = examples.compilation(path).python
    used = re.search(r'^use "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    if used is None:
        golden(f"py/{path.stem}.py", text)
        return
    other = examples.compilation(path.with_name(used[1])).python
    names = (Path(used[1]).stem, path.stem)
    lines = unified_diff(other.splitlines(), text.splitlines(), *names, lineterm="", n=1)
    golden(f"py/{path.stem}.diff", "\n".join(lines) + "\n")


def test_text_is_clean(tmp_path: Path, examples: Any) -> None:
    """ruff finds nothing to complain about and nothing to lay out otherwise."""
    for path in examples.paths:
        (tmp_path / f"{path.stem}.py").write_text(examples.compilation(path).python, encoding="utf-8")
    width = ["--isolated", "--line-length", "100"]
    rules = ["--select", "F,E,I", "--config", 'lint.isort.known-first-party=["scgc"]']
    for command in (["check", *width, *rules], ["format", "--diff", *width]):
        ruff = [sys.executable, "-m", "ruff", *command, str(tmp_path)]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_emission_is_deterministic(path: Path, examples: Any) -> None:
    assert examples.compilation(path).python == examples.compilation(path).python


def test_module_trains_and_evaluates(path: Path, examples: Any) -> None:
    """Gradients are finite, and in evaluation every value has its type's shape behind the batch."""
    compiled = examples.compilation(path)
    model, batch = examples.model(compiled), examples.data(compiled) or {"batch": 6}
    model.advance(t=50, step=50, progress=0.5)
    out = model(**batch)
    out.loss.backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert grads
    assert all(g.isfinite().all() for g in grads)
    out = model.eval()(**batch)
    known = examples.known(compiled)
    for statement in compiled.program.body:
        field = model.fields.get(statement.result)
        if field is None or bodies(statement) or not isinstance(statement.type, TensorType):
            continue
        shape = [d.substitute(known).value for d in statement.type.stored]
        found = list(getattr(out, field).shape)
        assert found in ([6, *shape], shape), statement.result


def test_state_round_trips(path: Path, examples: Any) -> None:
    compiled = examples.compilation(path)
    first, second = examples.model(compiled), examples.model(compiled)
    for value in first.parameters():
        torch.nn.init.normal_(value)
    second.load_state_dict(first.state_dict())
    results = []
    for model in (first, second):
        torch.manual_seed(0)
        results.append(tuple(model.eval().set_sampling("mode")(**examples.data(compiled))))
    torch.testing.assert_close(*results, equal_nan=True)


def test_inputs_of_costs_may_be_missing(examples: Any) -> None:
    (path,) = [p for p in examples.paths if p.stem == "mixed_vae"]
    compiled = examples.compilation(path)
    model, batch = examples.model(compiled), examples.data(compiled)
    whole = model(**batch)
    without = model(x=batch["x"])
    assert whole.loss is not None
    assert torch.equal(whole.k.argmax(-1), batch["kind"])
    assert torch.equal(whole.x_hat, batch["x"])
    assert without.loss is None and without.kinds is None and without.right is None
    assert without.k.shape == (6, 5)
    assert without.recon is not None


def test_everything_is_made_on_the_device_of_the_model(path: Path, examples: Any) -> None:
    """On the meta device PyTorch refuses tensors of another device, but for single numbers."""
    compiled = examples.compilation(path)
    model = examples.model(compiled).to("meta")
    batch = {k: x.to("meta") for k, x in examples.data(compiled).items()} or {"batch": 6}
    for training in (True, False):
        with torch.fx.experimental._config.patch(meta_nonzero_assume_all_nonzero=True):
            out = model.train(training)(**batch)
        assert out.loss.device.type == "meta"


def test_a_model_in_double_precision_computes_in_it(path: Path, examples: Any) -> None:
    """Parameters multiply what is observed, and what is made of classes and truth values, too."""
    compiled = examples.compilation(path)
    model = examples.model(compiled).double()
    data = examples.data(compiled)
    batch = {k: x.double() if x.is_floating_point() else x for k, x in data.items()} or {"batch": 6}
    for training in (True, False):
        out = model.train(training)(**batch)
        assert out.loss.dtype is torch.float64
        if training:
            out.loss.backward()
