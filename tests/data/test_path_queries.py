"""Path queries in the format of Guu et al. 2015."""

from __future__ import annotations

from pathlib import Path

import pytest
from kg import queries, reached, read, refusal, sets, write

FILES = {
    "train": [
        "ann mother bob",
        "bob **mother ann",
        "dora likes cid",
        "dora likes cid",
        "ann mother,**likes dora",
        "bob **mother,mother,likes eve",
    ],
    "dev": ["bob likes dora", "ann mother,likes dora"],
    "test": ["eve likes bob", "cid **likes,**likes bob", "ann mother,likes,likes cid"],
}
NAMES = ["ann", "bob", "cid", "dora", "eve"]
LIKES, MOTHER = 0, 1


def asked(folder: Path, **options: object):
    return read("path_queries", folder, graph="wordnet", **options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "wordnet", FILES, "")
    return tmp_path


def test_lines_become_queries(folder: Path):
    loaded = asked(folder)
    assert loaded.dims == {"entities": 5, "relations": 2}
    told = [(NAMES[h], path, NAMES[t]) for h, path, t in queries(loaded.splits["train"])]
    assert told == [
        ("ann", (MOTHER,), "bob"),
        ("bob", (MOTHER + 2,), "ann"),
        ("dora", (LIKES,), "cid"),
        ("dora", (LIKES,), "cid"),
        ("ann", (MOTHER, LIKES + 2), "dora"),
        ("bob", (MOTHER + 2, MOTHER, LIKES), "eve"),
    ]


def test_lengths_and_parts(folder: Path):
    loaded = asked(folder, lengths=[1, 2], test_lengths=[2, 3], per_length=3)
    assert [len(p) for _, p, _ in queries(loaded.splits["train"])] == [1, 1, 1, 2]
    assert sorted(len(p) for _, p, _ in queries(loaded.splits["test"])) == [2, 3]
    assert loaded.splits["train"]["path"].table.shape == (4, 3)
    assert len(queries(asked(folder).splits["validation"])) == 2
    assert refusal(lambda: asked(folder, lengths=[4]))[0] == "SCG509"


def test_answers_are_looked_up_in_the_queries_of_one_relation(folder: Path):
    split = asked(folder).splits["test"]
    facts = {
        (0, MOTHER): {1},
        (1, MOTHER + 2): {0},
        (3, LIKES): {2},
        (2, LIKES + 2): {3},
        (1, LIKES): {3},
        (3, LIKES + 2): {1},
        (4, LIKES): {1},
        (1, LIKES + 2): {4},
    }
    for (head, path, _), answers, candidates in zip(
        queries(split), sets(split, "answers"), sets(split, "candidates"), strict=True
    ):
        assert answers == reached(facts, [head], path)
        assert candidates == reached(facts, range(5), path[-1:])


@pytest.mark.parametrize("line", ["a r", "a\tr\t", "a\tr,\tb", "a\t**\tb", "a\tr,,r\tb", "a\tr\tb\t1"])
def test_damaged_lines(folder: Path, line: str):
    with (folder / "wordnet" / "dev").open("a") as file:
        file.write(line + "\n")
    code, text = refusal(lambda: asked(folder))
    assert code == "SCG502" and "line 3" in text and "dev" in text


def test_no_files(tmp_path: Path):
    code, text = refusal(lambda: asked(tmp_path))
    assert code == "SCG501" and "train, dev and test" in text
