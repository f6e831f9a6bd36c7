"""Measures of disentanglement in `evaluate` blocks: the factors are those of the examples measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.run import run

CENTRES = """
program centres
input x : real[1, 64, 64]
param w : real[]
ramp = linspace(0, 1, 64)
code = stack(sum(sum(x[0], axis = 0) * ramp), sum(sum(x[0], axis = 1) * ramp)) / sum(x)
loss error = w ^ 2
train { data = circles(examples = 64, test_examples = 900)  batch = 32  steps = 1  optimizer = sgd }
evaluate whole { report = [mig(code), dci(code), total_correlation(code)] }
evaluate other {
  data     = circles(test_examples = 500, seed = 3)
  examples = 300
  batch    = 7
  report   = [mig(code)]
}
"""

OWN = """
program own
input x : real[2]
param w : real[]
loss error = w ^ 2
train { data = npz("mine.npz", test = "mine.npz")  batch = 32  steps = 1  optimizer = sgd }
evaluate whole { examples = 200  report = [mig(x)] }
"""


def finished(text: str, folder: Path) -> dict[str, dict[str, float]]:
    compiled = Compiled.of(Compilation(Source(str(folder / "page.scg"), text)))
    return run(compiled, Wishes(base=folder, out=folder / "run")).evaluations


def test_the_centres_of_circles_are_disentangled(tmp_path: Path):
    found = finished(CENTRES, tmp_path)
    assert list(found["whole"]) == [
        "mig(code)",
        "dci(code)",
        "dci(code).completeness",
        "dci(code).informativeness",
        "total_correlation(code)",
    ]
    assert found["whole"]["mig(code)"] > 0.7 and found["whole"]["dci(code)"] > 0.6
    assert abs(found["whole"]["total_correlation(code)"]) < 0.05
    assert found["other"]["mig(code)"] > 0.5


def arrays(count: int = 300) -> dict[str, np.ndarray]:
    factors = np.random.default_rng(0).integers(4, size=(count, 2))
    return {"x": factors[:, ::-1].astype(np.float32), "factors": factors}


def test_factors_in_a_file_of_ones_own(tmp_path: Path):
    np.savez(tmp_path / "mine.npz", **arrays())
    assert finished(OWN, tmp_path)["whole"]["mig(x)"] > 0.95


@pytest.mark.parametrize(
    ("factors", "code", "told"),
    [
        (None, "SCG540", "has none"),
        (np.zeros((300, 2, 1)), "SCG541", "[300, 2, 1]"),
        (np.full((300, 2), np.nan), "SCG541", "no finite number"),
    ],
)
def test_factors_that_cannot_be_used(tmp_path: Path, factors: np.ndarray | None, code: str, told: str):
    given = {"x": arrays()["x"]} | ({} if factors is None else {"factors": factors})
    np.savez(tmp_path / "mine.npz", **given)
    with pytest.raises(ProgramError) as raised:
        finished(OWN, tmp_path)
    (fault,) = raised.value.diagnostics
    assert (
        fault.code == code
        and told in fault.words(fault.title)
        and "[examples, factors]" in fault.words(fault.help)
    )
    assert not (tmp_path / "run").exists()


def test_free_nodes_have_no_factors():
    text = CENTRES.replace("report   = [mig(code)]", "free = z  report = [mig(z)]").replace(
        "loss", "z ~ Normal(mean = code, logvar = 0) prior Normal(0, 1)\nloss"
    )
    (fault,) = [d for d in Compilation(Source("page.scg", text)).diagnostics if d.severity == "error"]
    assert fault.code == "SCG540" and "free" in fault.words(fault.title)
