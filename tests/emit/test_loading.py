"""Generated text as a module: tracebacks show its lines, `import` finds programs, emission needs no torch."""

from __future__ import annotations

import importlib
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
import torch

import scgc
import scgc.importer
from scgc.diagnostics.base import CompilerBug
from scgc.emit.load import load_source, model_class
from scgc.runtime import Model

PROGRAM = """
input x : real[3]
net f(x : real[3]) -> real[2] { return linear(x, 2) }
y = f(x)
loss error = sum(y ^ 2)
"""


def test_tracebacks_show_the_generated_line(examples: Any) -> None:
    model = examples.model(examples.compilation(PROGRAM))
    with pytest.raises(RuntimeError) as raised:
        model(x=torch.zeros(4, 5))
    text = "".join(traceback.format_exception(raised.value))
    assert "return self.linear(x)" in text


def test_a_module_holds_its_source(examples: Any) -> None:
    compiled = examples.compilation(PROGRAM)
    module = load_source(compiled.python, "squares")
    assert module.__source__ == compiled.python
    assert issubclass(model_class(module), Model)


def test_text_that_is_no_python_is_a_bug_of_ours() -> None:
    with pytest.raises(CompilerBug):
        load_source("def f(:", "broken")


def test_import_finds_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "least_squares.scg").write_text(PROGRAM, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("least_squares")
    try:
        assert module.__source__ == scgc.compile(tmp_path / "least_squares.scg")
        out = module.LeastSquares()(x=torch.ones(4, 3))
        assert out.y.shape == (4, 2)
    finally:
        del sys.modules["least_squares"]


def test_import_prefers_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "two_ways.scg").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "two_ways.py").write_text("found = 'python'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("two_ways")
    try:
        assert module.found == "python"
    finally:
        del sys.modules["two_ways"]


def test_import_raises_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wrong.scg").write_text("y = unknown\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(scgc.ProgramError):
        importlib.import_module("wrong")


def test_the_hook_is_there_once() -> None:
    scgc.importer.install()
    hooks = [f for f in sys.meta_path if isinstance(f, scgc.importer.ProgramFinder)]
    assert len(hooks) == 1


EXTERN = """
input x : real[3]
extern net middle(x : real[3]) -> real[2] = "own_layers:Middle"
extern fn twice(x : real[2]) -> real[2] = "own_layers:twice"
y = twice(middle(x))
"""


def test_extern_code_runs_only_when_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_layers.py").write_text(
        "from torch import nn\n"
        "class Middle(nn.Linear):\n"
        "    def __init__(self):\n"
        "        super().__init__(3, 2)\n"
        "def twice(x):\n"
        "    return 2 * x\n",
        encoding="utf-8",
    )
    (tmp_path / "outside.scg").write_text(EXTERN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "outside.scg"
    with pytest.raises(scgc.ProgramError):
        scgc.load(path)
    assert "own_layers" not in sys.modules
    model = scgc.load(path, allow_extern=True)
    out = model(x=torch.ones(4, 3))
    torch.testing.assert_close(out.y, 2 * model.middle(torch.ones(4, 3)))
    del sys.modules["own_layers"]


def test_emission_needs_no_torch(examples: Any) -> None:
    code = (
        "import sys; from scgc.pipeline import Compilation\n"
        f"Compilation.of({str(examples.paths[0])!r}).python\n"
        "assert not {'torch', 'numpy', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
