"""Measures of categorical nodes."""

import torch
import torch.nn.functional as F

from scgc.metrics import measures


def test_a_renaming_is_free():
    true = torch.arange(50) % 5
    renamed = torch.tensor([3, 0, 4, 1, 2])[true]
    z = F.one_hot(renamed, 5).float()
    assert measures()["matched_accuracy"].compute(z, true) == 1.0


def test_more_categories_than_classes():
    true = torch.arange(40) % 2
    z = F.one_hot(torch.arange(40) % 4, 6).float()  # categories 0 and 2 for class 0, 1 and 3 for class 1
    assert measures()["matched_accuracy"].compute(z, true) == 0.5
    assert measures()["used"].compute(z) == 4


def test_one_name_cannot_stand_for_two_classes():
    true = torch.tensor([0, 0, 0, 1])
    z = F.one_hot(torch.zeros(4, dtype=torch.int64), 3).float()
    assert measures()["matched_accuracy"].compute(z, true) == 0.75
    assert measures()["used"].compute(z) == 1


def test_plates_count_element_by_element():
    true = torch.tensor([[0, 1], [1, 0]])
    z = F.one_hot(1 - true, 2).float()
    assert measures()["matched_accuracy"].compute(z, true) == 1.0
