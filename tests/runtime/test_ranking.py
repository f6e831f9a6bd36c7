"""Ranks against sorting by hand: what is filtered, ties, leading dimensions."""

from __future__ import annotations

import math

import pytest
import torch

from scgc.runtime import filtered_rank, rank_quantile


def place(logits: list[float], target: int, out: list[bool]) -> float:
    """1 and the rivals above; half of those that are level."""
    rivals = [x for i, x in enumerate(logits) if i != target and not out[i]]
    own = logits[target]
    return 1 + sum(x > own for x in rivals) + sum(x == own for x in rivals) / 2


@pytest.mark.parametrize("levels", [3, 1000])
def test_against_counting(levels: int):
    torch.manual_seed(0)
    logits = torch.randint(levels, (40, 13)).float()
    target, known = torch.randint(13, (40,)), torch.rand(40, 13) < 0.3
    rank, quantile = filtered_rank(logits, target, known), rank_quantile(logits, target, ~known)
    for i in range(40):
        expected = place(logits[i].tolist(), int(target[i]), known[i].tolist())
        rivals = sum(not k for j, k in enumerate(known[i].tolist()) if j != target[i])
        assert rank[i] == expected
        assert quantile[i].item() == pytest.approx(1 - (expected - 1) / rivals)


def test_the_target_counts_whether_known_or_not():
    logits, target = torch.tensor([[3.0, 2.0, 1.0]]), torch.tensor([1])
    for own in (False, True):
        assert filtered_rank(logits, target, torch.tensor([[False, own, False]])).item() == 2
        assert filtered_rank(logits, target, torch.tensor([[True, own, False]])).item() == 1
        assert rank_quantile(logits, target, torch.tensor([[True, own, True]])).item() == 0.5


def test_equal_logits_rank_in_the_middle():
    logits, target = torch.zeros(2, 5), torch.tensor([0, 4])
    assert filtered_rank(logits, target, torch.zeros(2, 5, dtype=torch.bool)).tolist() == [3, 3]
    assert rank_quantile(logits, target, torch.ones(2, 5, dtype=torch.bool)).tolist() == [0.5, 0.5]


def test_no_negatives():
    logits, none = torch.randn(3, 4), torch.zeros(3, 4, dtype=torch.bool)
    assert rank_quantile(logits, 2, none).tolist() == [1, 1, 1]


def test_what_is_not_a_number_ranks_last():
    """A model that diverged must not look perfect."""
    logits, nothing = torch.full((1, 4), math.nan), torch.zeros(1, 4, dtype=torch.bool)
    assert filtered_rank(logits, 0, nothing).item() == 4
    logits[0, 0] = 1.0
    assert filtered_rank(logits, 0, nothing).item() == 4
    assert rank_quantile(logits, 0, ~nothing).item() == 0


def test_leading_dimensions_broadcast():
    torch.manual_seed(0)
    logits, target, known = torch.randn(7, 1, 11), torch.randint(11, (5,)), torch.rand(5, 11) < 0.5
    whole = filtered_rank(logits, target, known)
    assert whole.shape == (7, 5)
    alone = [filtered_rank(logits[:, 0], target[i], known[i]) for i in range(5)]
    torch.testing.assert_close(whole, torch.stack(alone, 1))
    assert filtered_rank(logits[0, 0], 3, known[0]).shape == ()
