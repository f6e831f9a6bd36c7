"""scgc: a small language for stochastic computation graphs and its compiler to PyTorch.

    model = scgc.load("mnist_addition.scg")      # an nn.Module
    out = model(a=a, b=b, total=total)           # every node, loss and metric by name
    out.loss.backward()

Importing this package imports no torch; `load` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scgc.diagnostics.base import Diagnostic as Diagnostic
from scgc.diagnostics.base import ProgramError as ProgramError
from scgc.pipeline import Compilation as Compilation

if TYPE_CHECKING:
    from scgc.runtime import Model

__version__ = "0.1.0"


def check(
    path: str | Path,
    variant: str | None = None,
    set: Mapping[str, str] | None = None,
    allow_extern: bool = False,
) -> tuple[Diagnostic, ...]:
    """Every error and warning of a program, in order of place."""
    return Compilation.of(path, variant, set, allow_extern).diagnostics


def load(
    path: str | Path,
    variant: str | None = None,
    set: Mapping[str, str] | None = None,
    allow_extern: bool = False,
    **dims: int,
) -> Model:
    """The compiled model of a program, or the trained one of a run directory.

    path: a `.scg` file, the name of a shipped program, or a run directory.
    variant, set: what `--variant` and `--set` do; for a program only.
    dims: the dimensions that only the data knows (`N = 14541`).

    Raises ProgramError where the program has errors or the directory holds no run.
    """
    if Path(path).is_dir():
        from scgc.train.runs import load_run

        return load_run(Path(path))
    from scgc.emit.load import load_model

    return load_model(Compilation.of(path, variant, set, allow_extern), dims)


def compile(
    path: str | Path,
    variant: str | None = None,
    set: Mapping[str, str] | None = None,
    allow_extern: bool = False,
) -> str:
    """The Python source of the module that `load` runs. Raises ProgramError."""
    return Compilation.of(path, variant, set, allow_extern).python
