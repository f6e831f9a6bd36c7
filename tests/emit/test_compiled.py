"""The whole training forward compiles without a graph break, the evaluation path exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

NEAR = {"rtol": 2e-5, "atol": 1e-5}
"""Large products may be another library's, which adds up in another order."""


@pytest.mark.filterwarnings("ignore")  # of torch's own compiler
def test_training_forward_compiles(path: Path, examples: Any) -> None:
    compiled = examples.compilation(path)
    model, batch = examples.model(compiled), examples.data(compiled) or {"batch": 6}
    model.advance(t=20)
    torch._dynamo.reset()
    # torch's compiler does not follow recurrent layers, nor messages that are computed in chunks, nor the
    # gradients that estimators learn from
    if "self.close(" in compiled.python:
        pytest.skip("differentiates within the forward pass")
    broken = any(w in compiled.python for w in ("nn.LSTM", "nn.GRU(", "propagate"))
    whole = torch.compile(model, fullgraph=not broken, backend="eager")
    torch.manual_seed(3)
    expected = model(**batch).loss
    torch.manual_seed(3)
    found = whole(**batch).loss
    torch.testing.assert_close(found, expected, equal_nan=True, **NEAR)
    found.backward()


@pytest.mark.filterwarnings("ignore")  # of torch's own exporter
def test_evaluation_exports(path: Path, examples: Any) -> None:
    compiled = examples.compilation(path)
    if "Arborescence" in compiled.python:
        pytest.skip("searches for the heaviest tree outside of torch")
    model, batch = examples.model(compiled).eval().set_sampling("mode"), examples.data(compiled)
    exported = torch.export.export(model, (), batch).module()
    torch.manual_seed(3)
    expected = tuple(model(**batch))
    torch.manual_seed(3)
    torch.testing.assert_close(tuple(exported(**batch)), expected, equal_nan=True, **NEAR)
