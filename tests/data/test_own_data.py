"""npz files and Python functions of the user's, checked against the inputs' types."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from scgc.data.load import load
from scgc.diagnostics.base import ProgramError
from scgc.ir.dims import Dim
from scgc.ir.graph import DimDecl, Input, Program, SizeDecl, TextOption, Use
from scgc.ir.types import TensorType

N = 20
ARRAYS = {
    "x": np.linspace(0, 1, N * 3, dtype=np.float32).reshape(N, 3),
    "label": np.arange(N) % 4,
    "flag": np.arange(N) % 2 == 0,
}


def program(**inputs: TensorType) -> Program:
    return Program(
        name="p",
        dims=(DimDecl(name="K", value=Dim.of(4)), DimDecl(name="E", value=Dim.of("data.entities"))),
        sizes=(SizeDecl(name="n", most=Dim.of(6)),),
        inputs=tuple(Input(name=n, type=t) for n, t in inputs.items()),
    )


def kind(kind: str, *shape: int | str, size: int | str | None = None) -> TensorType:
    dims = tuple(Dim.of(d) for d in shape)
    return TensorType(kind=kind, size=None if size is None else Dim.of(size), shape=dims)  # type: ignore[arg-type]


INPUTS = {"x": kind("real", 3), "label": kind("class", size="K")}


def read(folder: Path, arrays: dict[str, np.ndarray], inputs: dict[str, TensorType] = INPUTS, **more: str):
    np.savez(folder / "train.npz", **arrays)  # type: ignore[arg-type]
    options = {"train": "train.npz", **more}
    use = Use(name="npz", options={n: TextOption(text=t) for n, t in options.items()})
    return load(use, program(**inputs), base=folder)


def fault(folder: Path, arrays: dict[str, np.ndarray], inputs: dict[str, TensorType] = INPUTS, **more: str):
    with pytest.raises(ProgramError) as caught:
        read(folder, arrays, inputs, **more)
    return caught.value.diagnostics


def test_a_tenth_is_held_out(tmp_path: Path):
    loaded = read(tmp_path, ARRAYS)
    train, test = loaded.splits["train"], loaded.splits["test"]
    assert set(train) == {"x", "label"} and len(train["x"]) == 18 and len(test["x"]) == 2
    both = torch.cat([s["x"].take(torch.arange(len(s["x"]))) for s in (train, test)])
    assert sorted(both[:, 0].tolist()) == ARRAYS["x"][:, 0].tolist()
    assert train["label"].table.dtype == torch.int64


def test_a_test_file(tmp_path: Path):
    np.savez(tmp_path / "test.npz", x=ARRAYS["x"][:5], label=ARRAYS["label"][:5])
    loaded = read(tmp_path, ARRAYS, test="test.npz")
    assert len(loaded.splits["train"]["x"]) == N and len(loaded.splits["test"]["x"]) == 5


def test_a_validation_file(tmp_path: Path):
    np.savez(tmp_path / "other.npz", x=ARRAYS["x"][:5], label=ARRAYS["label"][:5])
    loaded = read(tmp_path, ARRAYS, validation="other.npz")
    assert {name: len(split["x"]) for name, split in loaded.splits.items()} == {
        "train": 18,
        "test": 2,
        "validation": 5,
    }


def test_examples_of_different_lengths(tmp_path: Path):
    n = np.arange(N) % 3 + 1
    words = np.where(np.arange(4) < n[:, None], 2, -7)
    loaded = read(tmp_path, {"words": words, "n": n}, {"words": kind("class", "n", size=3)})
    for split in loaded.splits.values():
        found = split["words"].take(torch.arange(len(split["words"])))
        assert found.shape[1] == 3 and torch.equal(found.sum(1), 2 * split["n"].table)
    (found,) = fault(tmp_path, {"words": words, "n": n + 3}, {"words": kind("class", "n", size=3)})
    assert found.code == "SCG503" and "5 entries in example 1" in found.words(found.label)


def test_conversions(tmp_path: Path):
    wanted = {"label": kind("onehot", size=4), "flag": kind("bit"), "x": kind("real", 3)}
    train = read(tmp_path, ARRAYS, wanted).splits["train"]
    assert train["label"].table.shape == (N, 4) and train["label"].table.dtype == torch.float32
    assert train["flag"].table.dtype == torch.float32


def test_dims_from_the_data(tmp_path: Path):
    arrays = {**ARRAYS, "entities": np.array(4)}
    loaded = read(tmp_path, arrays, {"label": kind("class", size="E")})
    assert loaded.dims == {"entities": 4}
    (missing,) = fault(tmp_path, ARRAYS, {"label": kind("class", size="E")})
    assert missing.code == "SCG506" and "data.entities" in missing.words(missing.title)


@pytest.mark.parametrize(
    ("name", "array", "code", "told"),
    [
        ("x", np.zeros((N, 4)), "SCG503", "[4]"),
        ("x", np.zeros(N), "SCG503", "[]"),
        ("label", np.zeros(N), "SCG503", "fractional"),
        ("x", np.full((N, 3), "a"), "SCG503", "<U1"),
        ("label", np.full(N, 4), "SCG504", "0 to 3"),
        ("label", np.full(N, -1), "SCG504", "0 to 3"),
        ("x", np.where(np.arange(N * 3).reshape(N, 3) == 8, np.nan, 0), "SCG504", "example 2 "),
        ("x", np.full((N, 3), np.inf), "SCG504", "finite"),
        ("x", np.zeros((N + 1, 3)), "SCG515", "21"),
        ("x", np.zeros((0, 3)), "SCG515", "`x` has 0"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, name: str, array: np.ndarray, code: str, told: str):
    np.savez(tmp_path / "test.npz", **ARRAYS)  # type: ignore[arg-type]
    (found,) = fault(tmp_path, {**ARRAYS, name: array}, test="test.npz")
    text = " ".join(found.words(t) for t in (found.title, found.label, found.help))
    assert found.code == code and told in text


def test_all_problems_are_told_at_once(tmp_path: Path):
    found = fault(tmp_path, {"y": ARRAYS["x"], "label": np.full(N, 9)})
    assert [d.code for d in found] == ["SCG505", "SCG504"]


def test_files_that_are_none(tmp_path: Path):
    use = Use(name="npz", options={"train": TextOption(text="train.npz")})
    one = io.BytesIO()
    np.save(one, np.zeros(3))
    for content in (b"", b"no zip", b"PK\x03\x04broken", one.getvalue()):
        (tmp_path / "train.npz").write_bytes(content)
        with pytest.raises(ProgramError, match="SCG502"):
            load(use, program(**INPUTS), base=tmp_path)
    (tmp_path / "train.npz").unlink()
    with pytest.raises(ProgramError, match="SCG501"):
        load(use, program(**INPUTS), base=tmp_path)


MODULE = """
import numpy as np
import torch

def arrays(n=20):
    return {"x": torch.zeros(n, 3), "label": np.zeros(n, dtype=int)}

def both():
    return {"train": arrays(10), "test": Items()}

def three():
    return {"train": arrays(10), "validation": Items()}

class Items(torch.utils.data.Dataset):
    def __len__(self):
        return 5
    def __getitem__(self, i):
        return {"x": torch.ones(3), "label": i % 4}

def broken():
    raise RuntimeError("no such table")

def useless():
    return 3
"""


def call(folder: Path, target: str, allow: bool = True, **options: int):
    (folder / "mine_for_scgc.py").write_text(MODULE)
    sys.modules.pop("mine_for_scgc", None)
    given = {"target": TextOption(text=target), **options}
    use = Use(name="python", options=given)
    return load(use, program(**INPUTS), base=folder, allow_extern=allow)


def test_arrays_from_python(tmp_path: Path):
    before = list(sys.path)
    loaded = call(tmp_path, "mine_for_scgc:arrays", n=30)
    assert len(loaded.splits["train"]["x"]) == 27 and len(loaded.splits["test"]["x"]) == 3
    loaded = call(tmp_path, "mine_for_scgc:both")
    assert len(loaded.splits["train"]["x"]) == 10 and loaded.splits["test"]["label"].table.tolist() == [
        0,
        1,
        2,
        3,
        0,
    ]
    loaded = call(tmp_path, "mine_for_scgc:three")
    assert {name: len(split["x"]) for name, split in loaded.splits.items()} == {
        "train": 9,
        "test": 1,
        "validation": 5,
    }
    assert sys.path == before


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("mine_for_scgc:broken", "SCG508"),
        ("mine_for_scgc:useless", "SCG508"),
        ("mine_for_scgc:nothing", "SCG508"),
        ("nowhere_at_all:f", "SCG508"),
        ("mine_for_scgc", "SCG312"),
    ],
)
def test_python_that_gives_no_data(tmp_path: Path, target: str, code: str):
    with pytest.raises(ProgramError, match=code):
        call(tmp_path, target)


def test_python_runs_only_where_allowed(tmp_path: Path):
    with pytest.raises(ProgramError, match="SCG311"):
        call(tmp_path, "mine_for_scgc:arrays", allow=False)
