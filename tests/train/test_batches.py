"""The order of the training data."""

from itertools import islice

import pytest
import torch

import scgc.train.batches
from scgc.data.columns import Axis, Column, columns, lengths
from scgc.train.batches import ordered_batches, place, take, training_batches

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


LENGTHS = torch.randint(1, 30, (1003,), generator=torch.Generator().manual_seed(0))
WITHIN = torch.arange(30) < LENGTHS[:, None]
SIZED = {
    "n": Column(LENGTHS),
    "x": Column(torch.arange(1003)),
    "tokens": Column(WITHIN.long(), axes=(Axis("n"),)),
    "edge": Column(WITHIN[:, :, None] & WITHIN[:, None, :], axes=(Axis("n"), Axis("n"))),
    "path": Column(WITHIN[:, 1:].long(), axes=(Axis("n", -1),)),
    "fixed": Column(torch.zeros(1003, 30), axes=(None,)),
}


def test_batches_are_as_wide_as_their_longest_example():
    for batches in (training_batches(SIZED, 10, 0, CPU), ordered_batches(SIZED, 10, CPU)):
        for batch in islice(batches, 101):
            width = int(batch["n"].max())
            assert batch["tokens"].shape[1:] == (width,) and batch["edge"].shape[1:] == (width, width)
            assert batch["path"].shape[1:] == (width - 1,) and batch["fixed"].shape[1:] == (30,)
            assert torch.equal(batch["tokens"].sum(1), batch["n"])
            assert torch.equal(batch["n"], LENGTHS[batch["x"]])
    assert take(SIZED, torch.tensor([3, 4]), CPU)["tokens"].shape[1] == max(LENGTHS[3:5])


def test_batches_of_similar_length_hold_everything_once():
    def epoch(seed: int, skip: int = 0) -> list[torch.Tensor]:
        return [b["x"] for b in islice(training_batches(SIZED, 10, seed, CPU), skip, skip + 101)]

    batches = epoch(0)
    assert sorted(torch.cat(batches).tolist()) == list(range(1003))
    assert sorted(len(b) for b in batches) == [3] + [10] * 100
    spread = [int(LENGTHS[b].max() - LENGTHS[b].min()) for b in batches]
    assert sum(spread) / len(spread) < 3
    firsts = [float(LENGTHS[b].float().mean()) for b in batches]
    assert firsts != sorted(firsts)
    assert all(map(torch.equal, batches, epoch(0)))
    assert not torch.equal(torch.cat(batches), torch.cat(epoch(1)))
    assert not torch.equal(torch.cat(batches), torch.cat(epoch(0, skip=101)))


def test_evaluation_goes_from_short_to_long_or_as_given():
    found = list(ordered_batches(SIZED, 64, CPU, limit=500))
    order = torch.cat([b["n"] for b in found])
    assert torch.equal(order, LENGTHS[:500].sort().values)
    given = torch.cat([b["x"] for b in ordered_batches(SIZED, 64, CPU, limit=500, as_given=True)])
    assert torch.equal(given, torch.arange(500))
    assert lengths(SIZED)["n"].tolist() == LENGTHS.tolist() and lengths(SPLIT) == {}


def test_what_is_put_in_order_at_once_is_what_is_taken_by_and_by(monkeypatch: pytest.MonkeyPatch):
    images = Column(torch.arange(24.0).view(6, 2, 2), rows=torch.arange(11) % 6)
    split = {"x": images, "y": Column(torch.arange(11)), "n": Column(torch.ones(11, 300))}
    monkeypatch.setattr(scgc.train.batches, "ORDERED", 1000)  # of which `n` has more
    training = training_batches(split, 4, 0, CPU)
    by_and_by = training_batches(split, 4, 0, CPU)
    for _ in range(7):  # two epochs, and a part of a third
        given, right = next(training), take(split, by_and_by.choose()[0], CPU)
        assert list(given) == list(right)
        assert all(torch.equal(given[name], right[name]) for name in right)
