"""A data set of one's own from a class with a table of factors and `observations`."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from scgc.data import data_sets
from scgc.data.columns import Loaded
from scgc.data.options import option_values
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError

CODE = """
import torch
from scgc.data.factors import Factor

class Dials:
    def __init__(self, hands=2):
        self.factors = (Factor("hour", 12), Factor("minute", low=0.0, high=60.0))
        self.hands = hands

    def observations(self, factors):
        return factors[:, :, None, None].expand(-1, -1, self.hands, 4) / 60

class Table:
    def __init__(self, *factors):
        self.factors = factors
    def observations(self, factors):
        return torch.zeros(len(factors), 3)

def made(what):
    tables = {
        "empty": (), "texts": ("a",), "twice": (Factor("a", 2), Factor("a", 2)), "field": (Factor("x", 2),),
        "none": (Factor("a", 0),), "point": (Factor("a", low=1.0, high=1.0),), "word": (Factor("a b", 2),),
    }
    table = Table(*tables.get(what, (Factor("a", 2),)))
    if what == "ints":
        table.observations = lambda factors: factors
    if what == "one":
        table.observations = lambda factors: torch.zeros(3)
    if what == "raises":
        table.observations = lambda factors: 1 / 0
    return 3 if what == "number" else table
"""


def read(folder: Path, target: str, **options: object) -> Loaded:
    (folder / "my_truths.py").write_text(CODE)
    declared = data_sets()["ground_truth"]
    given = {**option_values(declared.parsed, {}, {}), "target": target, **options}
    return declared.read(Request("ground_truth", given, base=folder, allow_extern=True))


def test_a_class_of_ones_own(tmp_path: Path):
    loaded = read(tmp_path, "my_truths:Dials", examples=50, labels=10, hands=3)
    train = loaded.splits["train"]
    assert set(train) == {"x", "hour", "minute", "factors", "values", "labelled"}
    assert loaded.dims == {"channels": 2, "size": 4, "factors": 2}
    x = train["x"].take(torch.arange(100))
    assert x.shape == (100, 2, 3, 4)
    torch.testing.assert_close(x[:, 1, 0, 0] * 60, train["minute"].take(torch.arange(100)))
    assert train["hour"].take(torch.arange(3)).dtype == torch.int64


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("number", "a int has no"),
        ("empty", "empty"),
        ("texts", "something else"),
        ("twice", "`a`"),
        ("field", "`x`"),
        ("word", "`a b`"),
        ("none", "`a` has no values"),
        ("point", "`a` has no values"),
        ("ints", "int64[2, 1]"),
        ("one", "float32[3]"),
        ("raises", "ZeroDivisionError"),
    ],
)
def test_classes_that_are_none(tmp_path: Path, what: str, told: str):
    with pytest.raises(ProgramError) as raised:
        read(tmp_path, "my_truths:made", what=what)
    (fault,) = raised.value.diagnostics
    assert fault.code == "SCG541" and told in fault.words(fault.title)
