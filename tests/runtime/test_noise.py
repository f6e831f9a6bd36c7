"""Fast exponential noise follows the law of the plain one and stays where its logarithm is finite."""

import pytest
import torch

from scgc.runtime.noise import exponential_like


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_law(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    n = 200_001
    e = exponential_like(torch.zeros(n, dtype=dtype))
    assert e.dtype == (torch.float64 if dtype is torch.float64 else torch.float32)
    ranks = 1 - (-e.double()).exp().sort(descending=True).values
    steps = torch.linspace(0, 1, n, dtype=torch.float64)
    assert (ranks - steps).abs().max() < 2.2 / n**0.5  # Kolmogorov-Smirnov
    pairs = (e[0:-1:2].double() - 1) * (e[1::2].double() - 1)  # the halves of one draw
    assert pairs.mean().abs() < 5 / len(pairs) ** 0.5
    assert len(e.unique()) > 0.95 * n


@pytest.mark.parametrize("word", [-(2**63), 2**63 - 1, 0, -1])
def test_ends(word: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.Tensor, "random_", lambda x, low, high: x.fill_(word))
    e = exponential_like(torch.zeros(3, 5))
    assert e.shape == (3, 5)
    assert (e > 0).all()
    assert e.log().isfinite().all()
