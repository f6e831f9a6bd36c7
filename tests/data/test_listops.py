"""The data set ListOps: its splits and fields, and expressions of the user's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from scgc.data import data_sets
from scgc.data.columns import Loaded, Split, examples
from scgc.data.fit import fit
from scgc.data.listops import WORDS
from scgc.data.options import option_values
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.ir.dims import Dim
from scgc.ir.graph import Input, SizeDecl
from scgc.ir.types import TensorType

DECLARED = data_sets()["listops"]


def read(base: Path = Path("."), **options: Any) -> Loaded:
    given = {**option_values(DECLARED.parsed, {}, {}), **options}
    return DECLARED.read(Request("listops", given, base=base))


def fault(base: Path = Path("."), **options: Any) -> tuple[str, str]:
    with pytest.raises(ProgramError) as caught:
        read(base, **options)
    (found,) = caught.value.diagnostics
    return found.code, " ".join(found.words(t) for t in (found.title, found.label, found.help) if t)


def rows(split: Split) -> list[tuple[int, ...]]:
    return list(map(tuple, split["tokens"].take(torch.arange(examples(split))).tolist()))


def texts(split: Split) -> list[str]:
    """The expressions, without padding."""
    lengths = split["tokens"].lengths
    assert lengths is not None
    found = zip(rows(split), lengths.tolist(), strict=True)
    return [" ".join(WORDS[token] for token in row[:length]) for row, length in found]


def test_splits_have_nothing_in_common():
    loaded = read(per_depth=400, depth=[1, 3])
    sizes = {name: examples(split) for name, split in loaded.splits.items()}
    assert sizes == {"train": 800, "validation": 800, "test": 800}
    found = [row for split in loaded.splits.values() for row in rows(split)]
    assert len(set(found)) == 2400
    for split in loaded.splits.values():
        assert torch.bincount(split["depth"].table).tolist() == [0, 400, 0, 400]
        assert split["depth"].table[:4].tolist() == [1, 3, 1, 3]


def test_held_out_examples():
    assert examples(read(per_depth=30, depth=[2]).splits["test"]) == 30
    assert examples(read(per_depth=30, depth=[2], held_out=7).splits["validation"]) == 7
    assert examples(read(per_depth=2500, depth=[2]).splits["test"]) == 2000


def test_the_test_data_stays_as_it_is():
    few, many, other = (
        read(per_depth=n, held_out=50, depth=[2], seed=s) for n, s in ((10, 0), (90, 0), (10, 1))
    )
    assert rows(few.splits["test"]) == rows(many.splits["test"]) != rows(other.splits["test"])
    both = read(per_depth=10, held_out=50, depth=[1, 2])
    assert rows(both.splits["test"])[1::2] == rows(few.splits["test"])


def test_fields():
    split = read(per_depth=200, depth=[4]).splits["train"]
    for i in range(0, 200, 20):
        n = int(split["tokens"].lengths[i])
        tokens, parent, steps, operator, has_parent = (
            split[name].table[i, :n] for name in ("tokens", "parent", "steps", "is_operator", "has_parent")
        )
        assert torch.equal(operator, (tokens >= 1) & (tokens <= 3)) and operator.sum() >= 4
        assert steps[0] == steps[-1] == split["value"].table[i] and parent[0] == parent[-1] == 0
        assert has_parent.tolist() == [False] + [True] * (n - 2) + [False]
        assert torch.equal(steps[tokens >= 4], tokens[tokens >= 4] - 4)
        assert not any(split[name].table[i, n:].any() for name in ("tokens", "parent", "steps", "has_parent"))


def test_fits_a_program_with_a_size():
    n = Dim.of("n")
    inputs = [
        Input(name="tokens", type=TensorType(kind="class", size=Dim.of(14), shape=(n,))),
        Input(name="parent", type=TensorType(kind="class", size=n, shape=(n,))),
    ]
    loaded = read(per_depth=100, length=30)
    for most, fine in ((30, True), (12, False)):
        sizes = [SizeDecl(name="n", most=Dim.of(most))]
        if fine:
            train = fit(loaded, inputs, {}, data="listops", sizes=sizes).splits["train"]
            assert train["n"].table.tolist() == loaded.splits["train"]["tokens"].lengths.tolist()
        else:
            with pytest.raises(ProgramError, match="SCG504"):
                fit(loaded, inputs, {}, data="listops", sizes=sizes)


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ({"depth": [17]}, "SCG215", "at most 16 where `length` is 50"),
        ({"depth": []}, "SCG215", "a list"),
        ({"depth": [0]}, "SCG215", "at least 1"),
        ({"per_depth": 0}, "SCG215", "at least 1"),
        ({"seed": -1}, "SCG215", "at least 0"),
        ({"length": 101}, "SCG215", "at most 100"),
        ({"test": "test.tsv"}, "SCG215", "no `file`"),
        ({"depth": [1], "length": 4, "per_depth": 200}, "SCG509", "has 300"),
    ],
)
def test_what_cannot_be_drawn(options: dict[str, Any], code: str, told: str):
    found, words = fault(**options)
    assert found == code and told in words


LINES = """9\t( ( ( ( ( [MAX 2 ) 9 ) ( ( ( [MIN 4 ) 7 ) ] ) ) 0 ) ] )
3\t( ( ( [SM 1 ) 2 ) ] )
5\t5

1\t( ( ( [MED 1 ) 2 ) ] )
"""


def test_lines_as_released(tmp_path: Path):
    (tmp_path / "train.tsv").write_text(LINES)
    (tmp_path / "test.tsv").write_text("4\t( ( ( [MAX 4 ) 2 ) ] )\n")
    loaded = read(tmp_path, file="train.tsv", test="test.tsv")
    train = loaded.splits["train"]
    assert texts(train) == ["[MAX 2 9 [MIN 4 7 ] 0 ]", "5", "[MED 1 2 ]"]
    assert train["value"].table.tolist() == [9, 5, 1] and train["tokens"].lengths.tolist() == [9, 1, 4]
    assert train["has_parent"].table.sum(1).tolist() == [7, 0, 2]
    assert examples(loaded.splits["test"]) == 1
    short = read(tmp_path, file="train.tsv", test="test.tsv", length=4)
    assert examples(short.splits["train"]) == 2
    held_out = read(tmp_path, file="train.tsv")
    assert [examples(s) for s in held_out.splits.values()] == [2, 1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("9\t( [MAX 2 ) 9", "line 6: a bracket is never closed"),
        ("8\t( ( ( [MAX 2 ) 9 ) ] )", "line 6: the value is given as 8, the expression's is 9"),
        ("9\t( ( ( [MOX 2 ) 9 ) ] )", "line 6: `[MOX` is no token"),
        ("9 ( ( ( [MAX 2 ) 9 ) ] )", "line 6: no value"),
        ("x\t( ( ( [MAX 2 ) 9 ) ] )", "line 6: no value"),
        ("9\t", "line 6: it is empty"),
    ],
)
def test_damaged_lines(tmp_path: Path, line: str, told: str):
    (tmp_path / "train.tsv").write_text(LINES + line + "\n")
    code, words = fault(tmp_path, file="train.tsv")
    assert code == "SCG502" and told in words


def test_files_that_are_none(tmp_path: Path):
    assert fault(tmp_path, file="train.tsv")[0] == "SCG501"
    assert fault(tmp_path, file="train.npz")[0] == "SCG501"
    (tmp_path / "train.tsv").write_bytes(b"\xff\xfe\x00")
    assert fault(tmp_path, file="train.tsv")[0] == "SCG502"
    (tmp_path / "train.tsv").write_text("")
    assert "no line has" in fault(tmp_path, file="train.tsv")[1]


TOKENS = np.array([[2, 6, 13, 1, 8, 11, 0, 4, 0, -1], [3, 5, 6, 0, -1, -1, -1, -1, -1, -1]])
PARENT = np.array([[-1, 0, 0, 0, 3, 3, 3, 0, -1, -1], [0, 0, 0, 1, 5, 5, 5, 5, 5, 5]])


def test_arrays(tmp_path: Path):
    np.savez(tmp_path / "a.npz", tokens=TOKENS, value=[9, 1], parent=PARENT, n=[9, 4])
    np.savez(tmp_path / "b.npz", tokens=TOKENS.clip(0))
    loaded = read(tmp_path, file="a.npz", test="b.npz")
    for split in loaded.splits.values():
        assert texts(split) == ["[MAX 2 9 [MIN 4 7 ] 0 ]", "[MED 1 2 ]"]
        assert split["parent"].table[0].tolist() == [0, 0, 0, 0, 3, 3, 3, 0, 0, 0]
        assert split["value"].table.tolist() == [9, 1] and split["tokens"].lengths.tolist() == [9, 4]


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"tokens": TOKENS[:, :6]}, "example 0: a bracket is never closed"),
        ({"tokens": TOKENS, "target": [9, 2]}, "example 1: the value is given as 2, the expression's is 1"),
        ({"tokens": TOKENS, "value": [9]}, "not one value"),
        ({"tokens": TOKENS, "n": [9, 5]}, "example 1: `n` is 5, by the tokens 4"),
        (
            {"tokens": TOKENS, "parent": PARENT.clip(0, 2)},
            "example 0, token 4: `parent` is 2, by the tokens 3",
        ),
        ({"tokens": TOKENS, "parent": PARENT[:1]}, "another shape"),
        ({"tokens": TOKENS / 2}, "holds no `tokens`"),
        ({"words": TOKENS}, "holds no `tokens`"),
    ],
)
def test_arrays_that_do_not_fit(tmp_path: Path, arrays: dict[str, Any], told: str):
    np.savez(tmp_path / "train.npz", **arrays)
    code, words = fault(tmp_path, file="train.npz")
    assert code == "SCG502" and told in words
