"""Single digits: what stands beside what, and that additions are made of the same ones."""

import gzip
import struct
from pathlib import Path

import numpy as np
import torch

from scgc.data import data_sets
from scgc.data.columns import Loaded
from scgc.data.request import Request


def read(name: str, folder: Path | None = None, **options: int | None) -> Loaded:
    return data_sets()[name].read(Request(name, options, folder))


def test_the_small_digits():
    loaded = read("digits")
    assert {part: len(split["digit"]) for part, split in loaded.splits.items()} == {
        "train": 1438,
        "test": 359,
    }
    train = loaded.splits["train"]
    image, ink = train["image"].table, train["ink"].table
    assert image.shape == (1438, 1, 8, 8) and image.min() == -1 and image.max() == 1
    assert ink.dtype == torch.bool and torch.equal(ink, image > 0)
    assert 0.2 < ink.float().mean() < 0.4
    assert set(train["digit"].table.tolist()) == set(range(10))


def test_additions_are_made_of_them():
    pairs = read("digit_addition", pairs=100).splits
    for part, split in read("digits").splits.items():
        assert torch.equal(pairs[part]["a"].table, split["image"].table)
        rows = pairs[part]["a"].rows
        assert rows is not None
        assert torch.equal(pairs[part]["digit_a"].table, split["digit"].table[rows])


def idx(array: np.ndarray) -> bytes:
    return gzip.compress(
        struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape)
        + array.astype(np.uint8).tobytes()
    )


def test_mnist_in_official_files(tmp_path: Path):
    images = np.zeros((12, 28, 28))
    images[3, 5, 7], images[3, 6, 7] = 127, 128
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(idx(images))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(idx(np.arange(12) % 10))
    train = read("mnist", tmp_path, digits=None).splits["train"]
    assert train["image"].table.shape == train["ink"].table.shape == (12, 1, 28, 28)
    assert train["ink"].table.nonzero().tolist() == [[3, 0, 6, 7]]
    assert train["digit"].table.tolist() == [*range(10), 0, 1]
    fewer = read("mnist", tmp_path, digits=5).splits
    assert [len(fewer[part]["ink"]) for part in ("train", "test")] == [5, 12]
