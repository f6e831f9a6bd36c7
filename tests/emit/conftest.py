"""The programs that the emitter is tested on (the argument `path` of a test), and made-up data for them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from scgc.emit.load import load_source, model_class
from scgc.ir.dims import Dim
from scgc.ir.types import TensorType
from scgc.pipeline import Compilation
from scgc.runtime import Model
from scgc.source import Source

HERE = Path(__file__).parent
PATHS = sorted([*(HERE.parents[1] / "programs").rglob("*.scg"), *(HERE / "programs").glob("*.scg")])
DATA_DIMS = {"N": 11, "R": 6, "C": 1, "F": 5}
"""Values for the dimensions that only the data knows."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", PATHS, ids=[p.stem for p in PATHS])


class Examples:
    """Compilations, models and data."""

    paths = PATHS

    def compilation(self, program: Path | str, **overrides: str) -> Compilation:
        """Of a file or a text."""
        text = program.read_text(encoding="utf-8") if isinstance(program, Path) else program
        path = str(program) if isinstance(program, Path) else "example.scg"
        return Compilation(Source(path, text), None, overrides)

    def model(self, compiled: Compilation) -> Model:
        """The compiled model, with weights from a fixed seed."""
        torch.manual_seed(0)
        made: Model = model_class(load_source(compiled.python, "example"))(**self.dims(compiled))
        return made

    def dims(self, compiled: Compilation) -> dict[str, int]:
        return {d.name: DATA_DIMS[d.name] for d in compiled.program.dims if d.value.value is None}

    def known(self, compiled: Compilation) -> dict[str, Dim]:
        """What every dim stands for."""
        given = {name: Dim.of(value) for name, value in self.dims(compiled).items()}
        given |= {s.name: Dim.of(WIDTH) for s in compiled.program.sizes}
        return compiled.program.dim_values() | given

    def data(self, compiled: Compilation, batch: int = 6) -> dict[str, Tensor]:
        """A batch of random values for every input and length, by the name that the model gives it."""
        torch.manual_seed(1)
        made = model_class(load_source(compiled.python, "example"))
        program = compiled.program
        lengths = {s.name: _lengths(batch) for s in program.sizes}
        known = self.known(compiled)
        found = {
            name: _made(i.type.substitute(known), batch, lengths.get(str(i.type.size)))
            for name, i in zip(made.inputs, program.inputs, strict=True)
        }
        return found | dict(zip(made.sizes, lengths.values(), strict=True))


WIDTH = 7
"""The longest example of a batch, where lengths differ."""


def _lengths(batch: int) -> Tensor:
    return torch.cat([torch.tensor([WIDTH]), torch.randint(2, WIDTH + 1, (batch - 1,))])


def _made(type_: TensorType, batch: int, classes: Tensor | None) -> Tensor:
    """classes: how many there are for each example, where that differs."""
    shape = (batch, *(d.value or 0 for d in type_.shape))
    if classes is not None:
        return (torch.rand(shape) * classes.reshape(-1, *(1,) * (len(shape) - 1))).long()
    if type_.kind == "real":
        return torch.randn(shape)
    if type_.kind == "bool":
        return torch.rand(shape) > 0.5
    most = type_.size.value if type_.size is not None else 9
    assert most is not None
    return torch.randint(0, most, shape)


@pytest.fixture
def examples() -> Examples:
    return Examples()
