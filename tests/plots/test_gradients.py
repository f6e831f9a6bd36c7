"""What the picture of ListOps's gradients shows: one number a round, that of the training's gradient."""

from __future__ import annotations

from pathlib import Path

import gradients
import pytest
import torch

import scgc

SMALL = {
    "rounds": "3",
    "data": "listops(depth = [1, 2], per_depth = 60, length = 10)",
    "batch": "20",
}


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    """`[MAX 3 7 ]` and `[MIN [MAX 2 8 ] 5 ]`."""
    return {
        "tokens": torch.tensor([[2, 7, 11, 0, 0, 0, 0], [1, 2, 6, 12, 0, 9, 0]]),
        "value": torch.tensor([7, 5]),
        "parent": torch.tensor([[0, 0, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, 0, 0]]),
        "n": torch.tensor([4, 7]),
    }


def test_the_mean_is_over_real_tokens(batch: dict[str, torch.Tensor]) -> None:
    model = scgc.load("listops", "ground_truth", {"rounds": "2"}).train()
    torch.manual_seed(1)
    found = gradients.gradients(model, batch)
    torch.manual_seed(1)
    out = model(**batch)
    (at_embeddings,) = torch.autograd.grad(out.loss, out.e)
    assert found.shape == (2,) and bool((found > 0).all())
    torch.testing.assert_close(found[0], at_embeddings.abs().sum() / ((4 + 7) * 60))


def test_shortcuts_keep_gradients_alive() -> None:
    with_, without = (gradients.train(kind, SMALL, 3, seed=0).mean(0) for kind in (None, "no_dr"))
    assert with_.shape == without.shape == (3,)
    assert with_[1] > 0.1 * with_[2] and without[1] < 0.1 * without[2]
    assert with_[1] > 10 * without[1]


def test_picture(tmp_path: Path) -> None:
    picture = tmp_path / "gradients.svg"
    gradients.draw({name: torch.rand(4) for name in gradients.KINDS}, picture)
    text = picture.read_text(encoding="utf-8")
    assert all(f">{name}</text>" in text for name in gradients.KINDS)
