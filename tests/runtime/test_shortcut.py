"""DropRes: the law of equation 5.17 and the expected gradient of equation 5.18 of the thesis."""

import pytest
import torch

from scgc.runtime import dropres


@pytest.mark.parametrize("drop", [0.0, 0.3, torch.tensor(0.8), 1.0])
def test_law_and_expected_gradient(drop: torch.Tensor | float) -> None:
    torch.manual_seed(0)
    n = 4_000
    keeps = 0
    for _ in range(n):
        u = torch.tensor([[1.0, -2.0], [3.0, 4.0]], requires_grad=True)
        v = dropres(u, drop=drop, training=True)
        assert torch.equal(v, u) or not v.any()  # all of the batch or nothing, and not rescaled
        v.sum().backward()
        assert u.grad is not None
        assert torch.equal(u.grad, torch.full((2, 2), float(v.any())))  # the identity or nothing
        keeps += bool(v.any())
    p = 1 - float(drop)
    assert abs(keeps / n - p) <= 5 * (p * (1 - p) / n) ** 0.5


def test_per_example() -> None:
    torch.manual_seed(0)
    n = 20_000
    v = dropres(torch.ones(n, 2, 3), drop=0.3, per="example", training=True)
    kept = v[:, 0, 0]
    assert torch.equal(v, kept[:, None, None].expand(n, 2, 3))
    assert abs(kept.mean() - 0.7) < 5 * (0.21 / n) ** 0.5


def test_per_example_behind_sample_axes() -> None:
    torch.manual_seed(0)
    v = dropres(torch.ones(5, 400, 2, 3), drop=0.5, per="example", rank=2, training=True)
    kept = v[..., 0, 0]
    assert torch.equal(v, kept[..., None, None].expand_as(v))
    assert len(kept.unique(dim=0)) == 5


def test_evaluation_has_no_shortcut() -> None:
    u = torch.ones(4, 3, dtype=torch.bfloat16)
    v = dropres(u, drop=0.0, training=False)
    assert v.dtype == torch.bfloat16
    assert not v.any()
    assert torch.equal(v + u, u)
