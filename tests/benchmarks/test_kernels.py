"""The models with scgc's kernels, which are measured against those by hand, compute the same as they do."""

from __future__ import annotations

import kernels
import pytest
import torch
import torch.nn.functional as F
from handwritten import kg_paths, listops
from torch import Tensor, nn


def verify_same(value: Tensor, expected: Tensor, model: nn.Module, by_hand: nn.Module) -> None:
    torch.testing.assert_close(value, expected)
    value.backward()
    expected.backward()
    for x, y in zip(model.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(x.grad, y.grad)


@pytest.fixture(autouse=True)
def without_dropout(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(F, "dropout", lambda x, *_: x)
    monkeypatch.setattr(kernels, "dropout", lambda x, p, training: x)


@pytest.mark.parametrize("true_tree", [False, True])
def test_listops(true_tree: bool) -> None:
    by_hand, fast = (kind(true_tree, dim=8, rounds=3) for kind in (listops.ListOps, kernels.FastListOps))
    by_hand.message[2].p = 0.0
    fast.load_state_dict(by_hand.state_dict())
    batch = {
        "tokens": torch.randint(14, (4, 9)),
        "value": torch.randint(10, (4,)),
        "parent": torch.randint(9, (4, 9)),
        "n": torch.tensor([9, 4, 1, 7]),
    }
    verify_same(listops.loss(fast, batch)[0], listops.loss(by_hand, batch)[0], fast, by_hand)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_kg_paths(share: float) -> None:
    by_hand, fast = (kind(30, 6, 4) for kind in (kg_paths.KgPaths, kernels.FastKgPaths))
    fast.load_state_dict(by_hand.state_dict())
    fast.recompute = share
    batch = {
        "head": torch.randint(30, (5,)),
        "path": torch.randint(6, (5, 3)),
        "tail": torch.randint(30, (5,)),
    }
    verify_same(fast.cost(batch), kg_paths.loss(by_hand, batch)[0], fast, by_hand)
