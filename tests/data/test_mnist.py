"""MNIST files in the official format: found, read, and refused where they are damaged."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from scgc.data import data_sets
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def idx(array: np.ndarray) -> bytes:
    return (
        struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape)
        + array.astype(np.uint8).tobytes()
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with 30 training and 20 test digits."""
    random = np.random.default_rng(0)
    (tmp_path / "mnist").mkdir()
    for part, n in (("train", 30), ("t10k", 20)):
        images, labels = random.integers(0, 256, (n, 28, 28)), random.integers(0, 10, n)
        (tmp_path / "mnist" / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (tmp_path / "mnist" / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    return tmp_path


def read(folder: Path, **options: int):
    given = {"pairs": 40, "digits": None, **options}
    return data_sets()["mnist_addition"].read(Request("mnist_addition", given, folder))


def code(folder: Path, **options: int) -> tuple[str, str]:
    with pytest.raises(ProgramError) as caught:
        read(folder, **options)
    (fault,) = caught.value.diagnostics
    return fault.code, fault.words(fault.title) + " " + fault.words(fault.help)


def test_any_number_of_digits(folder: Path):
    loaded = read(folder)
    train = loaded.splits["train"]
    assert len(train["a"]) == 40 and train["a"].table.shape == (30, 1, 28, 28)
    assert train["a"].table.min() >= -1 and train["a"].table.max() <= 1
    assert len(loaded.splits["test"]["total"]) == 10


def test_unpacked_files_beside_each_other(folder: Path):
    for name in NAMES:
        packed = folder / "mnist" / f"{name}.gz"
        (folder / name).write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()
    assert len(read(folder).splits["train"]["a"]) == 40


def test_fewer_digits_on_request(folder: Path):
    assert len(read(folder, digits=12).splits["train"]["a"].table) == 12
    assert code(folder, digits=31)[0] == "SCG509"
    assert code(folder, digits=0)[0] == "SCG215"


def test_missing_folder_and_file(folder: Path):
    assert code(folder / "nowhere")[0] == "SCG501"
    (folder / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    number, text = code(folder)
    assert number == "SCG501" and "t10k-labels" in text and "--data" in text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw[: len(raw) // 2], "does not unpack"),
        (lambda raw: gzip.compress(gzip.decompress(raw)[:-5]), "bytes"),
        (lambda raw: gzip.compress(b"\x00\x00\x08\x01" + gzip.decompress(raw)[4:]), "starts with"),
        (lambda raw: b"", "less than a header"),
        (lambda raw: idx(np.zeros((30, 27, 28))), "27 x 28"),
        (lambda raw: idx(np.zeros((29, 28, 28))), "30 labels"),
        (lambda raw: idx(np.zeros((0, 28, 28))), "no digits"),
    ],
)
def test_damaged_images(folder: Path, change, told: str):
    path = folder / "mnist" / "train-images-idx3-ubyte.gz"
    path.write_bytes(change(path.read_bytes()))
    number, text = code(folder)
    assert number == "SCG502" and told in text


def test_labels_beyond_nine(folder: Path):
    (folder / "mnist" / "t10k-labels-idx1-ubyte.gz").write_bytes(idx(np.full(20, 10)))
    assert code(folder)[0] == "SCG502"


def test_no_files_and_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import pooch

    def refuse(*args: object, **kwargs: object) -> str:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(pooch, "retrieve", refuse)
    number, text = code(tmp_path)
    assert number == "SCG507" and "no route to host" in text and "digit_addition" in text
