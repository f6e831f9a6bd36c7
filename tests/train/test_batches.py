"""The order of the training data."""

from itertools import islice

import torch

from scgc.data.columns import Column, columns
from scgc.train.batches import ordered_batches, place, training_batches

CPU = torch.device("cpu")
SPLIT = {**columns({"x": torch.arange(10)}), "y": Column(torch.arange(5) * 2, torch.arange(10) // 2)}


def test_an_epoch_is_everything_once_and_the_last_batch_is_kept():
    epoch = list(islice(training_batches(SPLIT, 4, 0, CPU), 3))
    assert [len(b["x"]) for b in epoch] == [4, 4, 2]
    assert sorted(torch.cat([b["x"] for b in epoch]).tolist()) == list(range(10))
    for batch in epoch:
        assert torch.equal(batch["y"], batch["x"] // 2 * 2)


def test_epochs_differ_and_seeds_repeat():
    def orders(seed: int) -> list[list[int]]:
        return [b["x"].tolist() for b in islice(training_batches(SPLIT, 10, seed, CPU), 3)]

    assert orders(0) == orders(0) != orders(1)
    assert orders(0)[0] != orders(0)[1]


def test_the_test_data_keeps_its_order():
    found = list(ordered_batches(SPLIT, 4, CPU, limit=6))
    assert torch.cat([b["x"] for b in found]).tolist() == [0, 1, 2, 3, 4, 5]


def test_data_is_placed_whole():
    assert {n: c.rows is None for n, c in place(SPLIT, CPU).items()} == {"x": True, "y": False}
