"""NAS-Bench-101 as a data set: its parts, its options, and its use in a program."""

from pathlib import Path

import pytest
import torch

from scgc.data import data_sets
from scgc.data.columns import Loaded
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.run import run

OPTIONS = {"split": 0.9, "limit": None, "seed": 0, "max_nodes": 5}


def read(**options: object) -> Loaded:
    return data_sets()["nas101"].read(Request("nas101", {**OPTIONS, **options}))


def codes(loaded: Loaded, part: str) -> list[str]:
    """Each cell as a text that no other cell has."""
    split = loaded.splits[part]
    everything = torch.arange(len(split["kind"]))
    kind, edge = split["kind"].take(everything), split["edge"].take(everything).flatten(1).long()
    return [str(row) for row in torch.cat([kind, edge], 1).tolist()]


def test_parts_share_nothing_and_leave_nothing_out():
    loaded = read()
    train, test = codes(loaded, "train"), codes(loaded, "test")
    assert (len(train), len(test)) == (2279, 253)
    assert len({*train, *test}) == 2532


def test_the_seed_decides_the_parts():
    assert codes(read(), "test") == codes(read(), "test")
    assert set(codes(read(), "test")) != set(codes(read(seed=1), "test"))


def test_a_few_of_all_sizes():
    loaded = read(limit=100, split=0.75)
    assert (len(loaded.splits["train"]["kind"]), len(loaded.splits["test"]["edge"])) == (75, 25)
    assert set(codes(loaded, "train")) < {*codes(read(), "train"), *codes(read(), "test")}


def test_neither_part_is_ever_empty():
    assert (
        len(codes(read(limit=2, split=0.99), "test")) == len(codes(read(limit=2, split=0.01), "train")) == 1
    )


@pytest.mark.parametrize(
    ("option", "value", "code", "told"),
    [
        ("max_nodes", 8, "SCG215", "from 3 to 7"),
        ("max_nodes", 2, "SCG215", "from 3 to 7"),
        ("split", 1.0, "SCG215", "between 0 and 1"),
        ("split", "half", "SCG215", "between 0 and 1"),
        ("limit", 1, "SCG215", "at least 2"),
        ("seed", -1, "SCG215", "at least 0"),
        ("limit", 2533, "SCG509", "2532"),
    ],
)
def test_options_out_of_range(option: str, value: object, code: str, told: str):
    with pytest.raises(ProgramError) as caught:
        read(**{option: value})
    (fault,) = caught.value.diagnostics
    assert fault.code == code and told in fault.words(fault.title)


PROGRAM = """
program parts
dim V = 4
input kind : class(5)[V]
input edge : bool[V, V]
input used : bool[V]
param w : real[V] init zeros
z ~ Bernoulli(logits = w) observe used
loss error = sum(nll(z))
train { data = nas101(max_nodes = V)  batch = 16  epochs = 1  optimizer = adam(lr = 1e-2) }
evaluate all { report = [valid_cell(kind, edge), same_cell(kind, edge, kind, edge)] }
"""


def test_in_a_program(tmp_path: Path):
    result = run(
        Compiled.of(Compilation(Source("parts.scg", PROGRAM))), Wishes(out=tmp_path / "run", device="cpu")
    )
    assert result.steps == 6  # 82 cells to train on
    assert list(result.evaluations["all"].values())[-2:] == [1.0, 1.0]


def test_measures_of_draws(tmp_path: Path):
    """Draws are one-hot vectors and bits; the measures are given classes and truth values."""
    drawn = PROGRAM.replace(
        "train {",
        "param c : real[V, 5] init zeros\nparam e : real[V, V] init zeros\n"
        "k ~ Categorical(logits = c) observe kind\nlink ~ Bernoulli(logits = e) observe edge\n"
        "loss more = sum(nll(k)) + sum(nll(link))\ntrain {",
    ).replace("same_cell(kind, edge,", "same_cell(k, link,")
    compiled = Compiled.of(Compilation(Source("parts.scg", drawn)))
    result = run(compiled, Wishes(out=tmp_path / "run", device="cpu"))
    assert result.evaluations["all"]["same_cell(k, link, kind, edge)"] == 1.0


def test_another_width_is_told_before_running():
    wrong = Compilation(Source("parts.scg", PROGRAM.replace("max_nodes = V", "max_nodes = 5")))
    assert {d.code for d in wrong.diagnostics} == {"SCG503"}
    beyond = Compilation(Source("parts.scg", PROGRAM.replace("max_nodes = V", "max_nodes = 9")))
    assert "SCG211" in {d.code for d in beyond.diagnostics}
