"""The addition data sets: pairing, labels, sizes."""

import torch

from scgc.data import data_sets
from scgc.data.addition import Digits, rows, sums
from scgc.data.handwriting import read_handwriting
from scgc.data.request import Request


def digits(n: int) -> Digits:
    labels = torch.arange(n) % 10
    return Digits(labels.float().reshape(n, 1, 1, 1).expand(n, 1, 2, 2).clone(), labels)


def test_each_digit_stands_in_one_pair_where_there_are_enough():
    drawn = rows(100, 2, 50, torch.Generator().manual_seed(0))
    assert sorted(drawn.flatten().tolist()) == list(range(100))


def test_few_digits_are_used_equally_often():
    drawn = rows(10, 2, 30, torch.Generator().manual_seed(0))
    assert torch.bincount(drawn.flatten(), minlength=10).tolist() == [6] * 10


def test_the_sum_is_that_of_the_images():
    loaded = sums(digits(100), digits(40), terms=3, examples=77)
    train = loaded.splits["train"]
    everything = torch.arange(77)
    a, b, c = (train[name].take(everything)[:, 0, 0, 0] for name in "abc")
    assert torch.equal(train["total"].take(everything), (a + b + c).long())
    assert torch.equal(train["sum_ab"].take(everything), (a + b).long())
    assert torch.equal(train["digit_c"].take(everything), c.long())
    assert len(loaded.splits["test"]["total"]) == 13


def test_the_handwriting_is_that_of_scikit_learn():
    from sklearn.datasets import load_digits

    right = load_digits()
    train, test = read_handwriting()
    place = torch.arange(len(right.target)) % 5 == 4
    for digits, own in ((train, ~place), (test, place)):
        assert torch.equal(digits.images.squeeze(1), torch.from_numpy(right.images).float()[own] / 8 - 1)
        assert torch.equal(digits.labels, torch.from_numpy(right.target).long()[own])


def test_the_handwriting_inside_scikit_learn():
    loaded = data_sets()["digit_addition"].read(Request("digit_addition", {"pairs": 500}))
    train, test = loaded.splits["train"], loaded.splits["test"]
    assert len(train["a"]) == 500 and len(test["a"]) == 179
    images = train["a"].table
    assert images.shape[1:] == (1, 8, 8) and images.min() == -1 and images.max() == 1
    assert set(train["digit_a"].table.tolist()) == set(range(10))
    again = data_sets()["digit_addition"].read(Request("digit_addition", {"pairs": 500}))
    assert torch.equal(again.splits["train"]["total"].table, train["total"].table)
