"""`%%scg` in IPython's shell, without a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import scgc
from scgc.diagnostics import ProgramError

PROGRAM = """dim K = 3
input x : real[4]
input y : class(K)
z ~ Categorical(logits = linear(x, K)) via score
loss error = cross_entropy(linear(z, K), y)
variant exact { z.via = enumerate }
"""


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "scgc.notebook")
    yield shell
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_a_cell_defines_a_model(shell: Any) -> None:
    shown = shell.run_cell_magic("scg", "classifier --set K=5 --variant exact", PROGRAM)
    model = shell.user_ns["classifier"]
    out = model(x=torch.zeros(2, 4), y=torch.zeros(2, dtype=torch.long))
    assert isinstance(model, torch.nn.Module) and out.z.shape[-1] == 5
    assert "enumerate" in shown.python and shown.program.name == "classifier"
    assert shown._repr_svg_().startswith("<?xml") and "<svg" in shown._repr_svg_()


def test_a_drawing_is_what_the_shell_shows(shell: Any) -> None:
    data, _ = shell.display_formatter.format(scgc.Compilation.of("bandit"))
    assert "<svg" in data["image/svg+xml"]


def test_mistakes_are_told_as_on_the_command_line(
    shell: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shell.run_cell("%%scg wrong\n" + PROGRAM.replace("score", "scor"))
    told = capsys.readouterr().out
    assert "error[SCG101]: there is no estimator named `scor`" in told
    assert " --> wrong.scg:4:" in told and "Traceback" not in told and "File " not in told
    assert "wrong" not in shell.user_ns


def test_colours_are_ansi(shell: Any) -> None:
    with pytest.raises(ProgramError) as caught:
        shell.run_cell_magic("scg", "wrong", "y = nothing_here")
    assert "\x1b[1;31merror[SCG101]" in caught.value._render_traceback_()[0]


def test_warnings_are_told_and_the_model_is_there(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell_magic("scg", "model", "dim unused = 3\n" + PROGRAM)
    assert "warning[SCG4" in capsys.readouterr().err and "model" in shell.user_ns


def test_files_are_used_from_the_working_directory(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "base.scg").write_text(PROGRAM, encoding="utf-8")
    shell.run_cell_magic("scg", "model", 'use "base.scg"\nmetric m = z[0]\n')
    assert "m" in shell.user_ns["model"].fields


def test_sizes_of_the_data(shell: Any) -> None:
    text = "dim N = data.entities\nparam E : real[N]\nloss l = sum(E ^ 2)\n"
    shell.run_cell_magic("scg", "model --dim N=7", text)
    assert shell.user_ns["model"].E.shape == (7,)


@pytest.mark.parametrize("line", ["", "not-a-name", "m --set K", "m --dim N=x", "m --nonsense"])
def test_what_is_wrong_with_the_line_is_told(shell: Any, line: str) -> None:
    with pytest.raises(UsageError):
        shell.run_cell_magic("scg", line, PROGRAM)
