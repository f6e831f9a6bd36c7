"""Readers of published files, on small files of the same format."""

from __future__ import annotations

import gzip
import itertools
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from scgc.data import data_sets, published_files
from scgc.data.columns import Loaded
from scgc.data.options import option_values
from scgc.data.published_files import SPRITE_FILE
from scgc.data.published_norb import STEMS, BadMatrix, matrix
from scgc.data.request import Request
from scgc.data.stored import reduced
from scgc.diagnostics.base import ProgramError

RANDOM = np.random.default_rng(0)
Images = NDArray[np.uint8]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the user's is read or written, nothing downloaded."""
    import pooch

    def refuse(*args: object, **kwargs: object) -> str:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(pooch, "retrieve", refuse)
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache")
    return tmp_path / "cache"


def read(name: str, folder: Path | None, **options: object) -> Loaded:
    declared = data_sets()[name]
    given = {**option_values(declared.parsed, {}, {}), "test_examples": 5, **options}
    return declared.read(Request(name, given, folder=folder))


def code(name: str, folder: Path | None, **options: object) -> tuple[str, str]:
    with pytest.raises(ProgramError) as raised:
        read(name, folder, **options)
    (fault,) = raised.value.diagnostics
    return fault.code, f"{fault.words(fault.title)}; {fault.words(fault.help)}"


def every(*sizes: int) -> NDArray[np.int64]:
    return np.array(list(itertools.product(*map(range, sizes))))


def noise(*shape: int) -> Images:
    return RANDOM.integers(256, size=shape, dtype=np.uint8)


def shown(loaded: Loaded, *combinations: tuple[int, ...]) -> torch.Tensor:
    assert loaded.truth is not None
    return loaded.truth.observations(torch.tensor(combinations))


# ---- dSprites


def write_sprites(folder: Path, save: Callable[..., None] = np.savez_compressed, **changed: object) -> Images:
    folder.mkdir(parents=True, exist_ok=True)
    table = every(1, 3, 2, 4, 2, 2)
    images = RANDOM.integers(2, size=(len(table), 64, 64), dtype=np.uint8)
    save(folder / SPRITE_FILE, **{"imgs": images, "latents_classes": table, **changed})
    return images


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_dsprites(tmp_path: Path, save: Callable[..., None], cache: Path):
    images = write_sprites(tmp_path / "dsprites", save)
    for _ in range(2):  # the second time from what was unpacked
        loaded = read("dsprites", tmp_path, published=True)
        assert len(loaded.splits["train"]["x"]) == 96
        assert loaded.splits["train"]["values"].take(torch.tensor([0])).tolist() == [[3, 2, 4, 2, 2]]
        found = shown(loaded, (0, 0, 0, 0, 0), (2, 1, 3, 1, 0))
        assert torch.equal(found[:, 0], torch.from_numpy(images[[0, 94]]).float())
    assert len(list(cache.rglob("*.npy"))) == 1 and not list(cache.rglob("*.part"))
    assert isinstance(loaded.truth.images, np.memmap)


def test_a_file_that_changed_is_unpacked_again(tmp_path: Path):
    write_sprites(tmp_path)
    read("dsprites", tmp_path, published=True)
    images = write_sprites(tmp_path)
    found = shown(read("dsprites", tmp_path, published=True), (0, 0, 0, 0, 1))
    assert torch.equal(found[0, 0], torch.from_numpy(images[1]).float())


def test_coloured_sprites_of_the_file(tmp_path: Path):
    images = write_sprites(tmp_path)
    loaded = read("color_dsprites", tmp_path, published=True, examples=10)
    x = loaded.splits["train"]["x"].take(torch.arange(10))
    row = loaded.splits["train"]["x"].table[3]
    index = np.ravel_multi_index(tuple(row[:5].long().tolist()), (3, 2, 4, 2, 2))
    torch.testing.assert_close(x[3], torch.from_numpy(images[index]).float() * row[5:, None, None])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"imgs": noise(95, 64, 64)}, "uint8[95, 64, 64]"),
        ({"imgs": noise(96, 64, 64).astype(np.float32)}, "float32"),
        ({"latents_classes": every(1, 3, 2, 4, 2, 2)[::-1]}, "in order"),
        ({"latents_classes": every(1, 3, 2, 4, 2, 2)[1:]}, "every combination"),
    ],
)
def test_damaged_sprites(tmp_path: Path, changed: dict[str, object], told: str):
    write_sprites(tmp_path, **changed)
    number, text = code("dsprites", tmp_path, published=True)
    assert number == "SCG502" and told in text


def test_cut_and_missing_files(tmp_path: Path):
    write_sprites(tmp_path / "dsprites")
    path = tmp_path / "dsprites" / SPRITE_FILE
    path.write_bytes(path.read_bytes()[:5000])
    assert code("dsprites", tmp_path, published=True)[0] == "SCG502"
    np.savez(path, imgs=noise(2, 64, 64))
    number, text = code("dsprites", tmp_path, published=True)
    assert number == "SCG502" and "latents_classes" in text
    path.unlink()
    number, text = code("dsprites", tmp_path, published=True)
    assert number == "SCG501" and "--data" in text and SPRITE_FILE in text


@pytest.mark.parametrize("name", ["dsprites", "smallnorb", "shapes3d"])
def test_downloads_that_fail(name: str):
    options = {"published": True} if name == "dsprites" else {}
    number, text = code(name, None, **options)
    assert number == "SCG507" and "no route to host" in text and "--data DIR" in text


@pytest.mark.parametrize("name", ["cars3d", "mpi3d"])
def test_what_is_fetched_by_hand(name: str, tmp_path: Path):
    for folder in (None, tmp_path):
        number, text = code(name, folder)
        assert number == "SCG501" and "--data DIR" in text and name in text


# ---- Shapes3D, MPI3D


def write_shapes(folder: Path, labels: NDArray[np.float64], images: Images) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(folder / "3dshapes.h5", "w") as file:
        file["images"], file["labels"] = images, labels


def test_shapes3d(tmp_path: Path):
    hue, size = np.array([0.0, 0.1]), np.array([0.75, 1.25])
    sides = (hue, hue, hue, size, np.array([0.0, 1, 2, 3]), np.array([-30.0, 0, 30]))
    labels = np.array(list(itertools.product(*sides)))
    images = noise(len(labels), 64, 64, 3)
    write_shapes(tmp_path, labels, images)
    loaded = read("shapes3d", tmp_path)
    assert loaded.dims == {"channels": 3, "size": 64, "factors": 6}
    found = shown(loaded, (0, 0, 0, 0, 0, 1), (1, 1, 1, 1, 3, 2))
    torch.testing.assert_close(found, torch.from_numpy(images[[1, -1]]).permute(0, 3, 1, 2) / 255)
    write_shapes(tmp_path, labels[:-1], images[:-1])
    assert code("shapes3d", tmp_path)[0] == "SCG502"


def test_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    number, text = code("shapes3d", tmp_path)
    assert number == "SCG542" and "pip install h5py" in text


def test_mpi3d(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(published_files, "MPI_SIZES", ((2, 2, 2, 1, 1, 2, 3),))
    images = noise(48, 64, 64, 3)
    np.savez_compressed(tmp_path / "mpi3d_toy.npz", images=images)
    found = shown(read("mpi3d", tmp_path), (1, 0, 1, 0, 0, 1, 2))
    torch.testing.assert_close(found[0], torch.from_numpy(images[35]).permute(2, 0, 1) / 255)
    np.savez(tmp_path / "other.npz", images=images[:40])
    number, text = code("mpi3d", tmp_path, file="other.npz")
    assert number == "SCG502" and "40 images, not 48" in text


# ---- Cars3D


def test_cars3d(tmp_path: Path):
    from scipy.io import savemat

    (tmp_path / "cars3d").mkdir()
    cars = {number: noise(128, 128, 3, 5, 2) for number in (2, 10, 1)}
    for number, images in cars.items():
        savemat(tmp_path / "cars3d" / f"car_{number:03d}_mesh.mat", {"im": images})
    loaded = read("cars3d", tmp_path)
    assert loaded.splits["train"]["values"].take(torch.tensor([0])).tolist() == [[2, 5, 3]]
    found = shown(loaded, (1, 4, 2), (0, 0, 0))
    for seen, (number, azimuth, elevation) in zip(found, ((10, 4, 1), (1, 0, 0)), strict=True):
        expected = reduced(cars[number][None, ..., azimuth, elevation])[0]
        torch.testing.assert_close(seen, torch.from_numpy(expected).permute(2, 0, 1) / 255)
    savemat(tmp_path / "cars3d" / "car_011_mesh.mat", {"im": noise(128, 128, 3, 4, 2)})
    assert code("cars3d", tmp_path)[0] == "SCG502"
    (tmp_path / "cars3d" / "car_011_mesh.mat").write_bytes(b"no matrix at all" * 20)
    assert code("cars3d", tmp_path)[0] == "SCG502"


# ---- SmallNORB


def norb_bytes(array: NDArray[np.generic]) -> bytes:
    kind = 0x1E3D4C55 if array.dtype == np.uint8 else 0x1E3D4C54
    lengths = [*array.shape, *[1] * (3 - array.ndim)]
    return struct.pack(f"<{2 + len(lengths)}i", kind, array.ndim, *lengths) + array.tobytes()


def write_norb(folder: Path, packed: bool) -> tuple[NDArray[np.int32], Images]:
    """Three categories, two toys of each in either part; 2 elevations, 3 azimuths, 2 lights."""
    folder.mkdir(parents=True, exist_ok=True)
    tables, images = [], []
    for stem, toys in zip(STEMS, ((4, 6), (0, 5)), strict=True):
        table = every(3, 2, 2, 3, 2).astype(np.int32)
        table[:, 1] = np.array(toys)[table[:, 1]]
        table[:, 3] *= 2
        RANDOM.shuffle(table)
        pairs = noise(len(table), 2, 96, 96)
        for kind, array in (("cat", table[:, 0].copy()), ("info", table[:, 1:].copy()), ("dat", pairs)):
            raw = norb_bytes(array)
            path = folder / f"{stem}-{kind}.mat"
            (path.with_suffix(".mat.gz") if packed else path).write_bytes(
                gzip.compress(raw) if packed else raw
            )
        tables.append(table)
        images.append(pairs[:, 0])
    return np.concatenate(tables), np.concatenate(images)


@pytest.mark.parametrize("packed", [True, False])
def test_smallnorb(tmp_path: Path, packed: bool):
    table, images = write_norb(tmp_path / "smallnorb", packed)
    loaded = read("smallnorb", tmp_path)
    assert loaded.dims == {"channels": 1, "size": 64, "factors": 4}
    category, instance, elevation, azimuth, lighting = table[17]
    toy = [0, 4, 5, 6].index(instance)
    found = shown(loaded, (category, elevation, azimuth // 2, lighting, toy))
    torch.testing.assert_close(found[0, 0], torch.from_numpy(reduced(images[17:18])[0]) / 255)


def test_damaged_norb(tmp_path: Path):
    write_norb(tmp_path, packed=False)
    path = tmp_path / f"{STEMS[0]}-info.mat"
    whole = path.read_bytes()
    path.write_bytes(whole[:-16])
    assert code("smallnorb", tmp_path)[0] == "SCG502"
    path.write_bytes(whole[:-16] + whole[20:36])  # a combination twice, another never
    number, text = code("smallnorb", tmp_path)
    assert number == "SCG502" and "once" in text


@pytest.mark.parametrize("raw", [b"", b"\0" * 40, norb_bytes(noise(2, 3, 4))[:-1]])
def test_no_matrix(raw: bytes):
    with pytest.raises(BadMatrix):
        matrix(raw)
