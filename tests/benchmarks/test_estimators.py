"""The estimators by hand estimate the right gradient; the benchmark and the table of trainings run."""

from __future__ import annotations

import runpy
import sys
from itertools import product
from pathlib import Path

import pytest
import torch
from choices import BITS, ESTIMATORS, is_legal
from handwritten import estimators
from handwritten.discrete_vae import DiscreteVae
from torch import Tensor

import scgc

FOLDER = Path(__file__).parents[2] / "benchmarks"
LEGAL = [(name, bits) for bits in (False, True) for name in ESTIMATORS if is_legal(name, bits)]
WRITTEN = [
    (name, bits) for bits, there in enumerate((estimators.CATEGORIES, estimators.BITS)) for name in there
]
BIASED = ("gumbel", "straight", "reinmax", "entmax", "sparsemax", "imle")
DRAWS = 600


def small(bits: bool) -> tuple[DiscreteVae, Tensor, Tensor]:
    """A model with a code of few values, logits that say something, and two images, as often as drawn."""
    torch.manual_seed(0)
    vae = DiscreteVae(pixels=9, n=3, k=2 if bits else 3, bits=bits)
    for p in vae.decoder.parameters():
        p.data.mul_(3)
    logits = torch.randn(2, *vae.shape).repeat(DRAWS, 1, 1).requires_grad_()
    return vae, logits, (torch.rand(2, 9) < 0.5).float().repeat(DRAWS, 1)


def every_code(vae: DiscreteVae) -> Tensor:
    """[codes, 1, n, k]"""
    n, k = vae.shape
    if vae.bits:
        return torch.tensor(list(product((0.0, 1.0), repeat=n * k))).reshape(-1, 1, n, k)
    return torch.eye(k)[torch.tensor(list(product(range(k), repeat=n)))].unsqueeze(1)


@pytest.mark.parametrize(("name", "bits"), [w for w in WRITTEN if not w[0].startswith(BIASED)])
def test_by_hand_is_unbiased(name: str, bits: bool) -> None:
    """The mean gradient of the logits over many draws is that of the expectation, within its own error."""
    vae, logits, x = small(bits)
    z = every_code(vae).expand(-1, 2, -1, -1)
    p = vae.log_prob(logits[:2], z).exp()
    (exact,) = torch.autograd.grad((p * vae.cost(z, x[:2])).sum(), logits)
    surrogate = (estimators.BITS if bits else estimators.CATEGORIES)[name](vae)
    if name.startswith("score(baseline"):
        surrogate(vae, logits, x)  # its first baseline is the cost itself
    (gradient,) = torch.autograd.grad(surrogate(vae, logits, x) * len(x), logits)
    found = gradient.unflatten(0, (DRAWS, 2))
    error = found.std(0) / DRAWS**0.5
    assert ((found.mean(0) - exact[:2]).abs() < 5 * error + 1e-3).all()
    assert exact.abs().max() > 0.1


@pytest.mark.parametrize(("name", "bits"), LEGAL)
def test_every_estimator_has_a_step(name: str, bits: bool) -> None:
    torch.manual_seed(0)
    settings = {"z.via": name, "n": "3", "k": "3"} | ({"code": BITS} if bits else {})
    model = scgc.load("discrete_vae", variant="digits", set=settings).train()
    model(ink=torch.rand(4, 1, 8, 8) < 0.3).loss.backward()
    for parameter in model.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
    assert model.encode.linear3.weight.grad.abs().max() > 0


def table(
    script: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *asked: str
) -> str:
    """The last line of what a script prints."""
    monkeypatch.setattr(sys, "argv", [script, *asked])
    runpy.run_path(str(FOLDER / script), run_name="__main__")
    return capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("asked", [(), ("--bits", "--processor")])
def test_times(
    asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = table(
        "estimators.py", monkeypatch, capsys, "--only", "reinmax", "--rounds", "1", "--steps", "1", *asked
    )
    name, by_hand, compiled = (cell.strip() for cell in line.split("|")[1:4])
    assert name == "`reinmax`"
    assert float(by_hand) > 0
    assert float(compiled.split()[0]) > 0


def test_trainings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    line = table("training.py", monkeypatch, capsys, "--only", "reinmax", "--steps", "3", "--seeds", "1")
    losses = [float(cell) for cell in line.split("|")[2:4]]
    assert all(20 < loss < 64 for loss in losses)
