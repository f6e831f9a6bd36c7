"""Graphs in the official format: found in folders and archives, numbered by name, refused where damaged."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest
from kg import FACTS, refusal, write

from scgc.data.request import PARTS, Request
from scgc.data.torus import HEIGHT, WAYS, WIDTH, torus
from scgc.data.triples import read_triples


def graph(folder: Path | None, name: str = "own", base: Path = Path("nowhere")):
    return read_triples(Request("kg_paths", {}, folder, base), name)


def test_numbers_follow_the_names(tmp_path: Path):
    write(tmp_path / "own")
    found = graph(tmp_path)
    assert (found.entities, found.relations) == (6, 2)
    names = sorted({n for facts in FACTS.values() for f in facts for n in f.split()[::2]})
    for part, facts in zip(PARTS, FACTS.values(), strict=True):
        told = [(names[h], ["likes", "mother"][r], names[t]) for h, r, t in getattr(found, part).tolist()]
        assert told == [tuple(f.split()) for f in facts]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("FB15k-237", "fb15k237"),
        ("FB15K-237.2/Release", "fb15k237"),
        ("WN18RR/text", "wn18rr"),
        ("own", "own"),
    ],
)
def test_where_the_files_may_stand(tmp_path: Path, place: str, name: str):
    expected = graph(write(tmp_path / "elsewhere" / "own").parent)
    written = write(tmp_path / "data" / place)
    top = tmp_path / "data" / Path(place).parts[0]
    (tmp_path / "archives").mkdir()
    with zipfile.ZipFile(tmp_path / "archives" / f"{top.name}.zip", "w") as archive:
        for file in written.iterdir():
            archive.write(file, file.relative_to(top.parent))
    (tmp_path / "packed").mkdir()
    with tarfile.open(tmp_path / "packed" / f"{top.name}.tar.gz", "w:gz") as packed:
        packed.add(top, arcname=top.name)
    for folder in (tmp_path / "data", top, tmp_path / "archives", tmp_path / "packed"):
        found = graph(folder, name)
        assert (
            found.train.tolist() == expected.train.tolist() and found.test.tolist() == expected.test.tolist()
        )


def test_beside_the_program_and_with_dev(tmp_path: Path):
    write(tmp_path / "own", {"train": FACTS["train"], "dev": FACTS["valid"], "test": FACTS["test"]}, "")
    assert len(graph(None, base=tmp_path).validation) == 1


def test_similar_names_are_others(tmp_path: Path):
    write(tmp_path / "fb15k-237")
    assert refusal(lambda: graph(tmp_path, "fb15k"))[0] == "SCG501"


def test_where_the_official_files_are(tmp_path: Path):
    for name, told in (("fb15k237", "microsoft.com"), ("WN18RR", "ConvE"), ("own", "a folder `own`")):
        code, text = refusal(lambda name=name: graph(tmp_path, name))
        assert code == "SCG501" and told in text and "--data" in text and "torus" in text


def test_a_file_is_missing(tmp_path: Path):
    (write(tmp_path / "own") / "valid.txt").unlink()
    code, text = refusal(lambda: graph(tmp_path))
    assert code == "SCG501" and "valid.txt" in text and "own" in text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"a\tr\tb\na r b\n", "line 2"),
        (b"a\tr\n", "line 1"),
        (b"a\tr\tb\tc\n", "line 1"),
        (b"a\t\tb\n", "line 1"),
        (b"a\tr\t\xff\n", "UTF-8"),
    ],
)
def test_damaged_files(tmp_path: Path, content: bytes, told: str):
    (write(tmp_path / "own") / "test.txt").write_bytes(content)
    code, text = refusal(lambda: graph(tmp_path))
    assert code == "SCG502" and told in text and "test.txt" in text


def test_line_endings_and_blank_lines_do_not_matter(tmp_path: Path):
    (write(tmp_path / "own") / "test.txt").write_bytes(b"eve\tlikes\tfay\r\n\r\ndora\tlikes\tbob")
    assert len(graph(tmp_path).test) == 2


@pytest.mark.parametrize("name", ["own.zip", "own.tar.gz"])
def test_damaged_archives(tmp_path: Path, name: str):
    whole = tmp_path / "whole.bin"
    write(tmp_path / "in" / "own", {**FACTS, "train": [f"e{i} r e{i * i}" for i in range(999)]})
    if name.endswith("zip"):
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in (tmp_path / "in" / "own").iterdir():
                archive.write(file, file.name)
    else:
        with tarfile.open(whole, "w:gz") as packed:
            packed.add(tmp_path / "in" / "own", arcname="own")
    raw = whole.read_bytes()
    wrong = bytearray(raw)
    wrong[len(raw) // 3] ^= 0xFF
    for content in (b"", b"no archive", raw[: len(raw) // 2], bytes(wrong)):
        (tmp_path / name).write_bytes(content)
        assert refusal(lambda: graph(tmp_path))[0] == "SCG502"
    (tmp_path / name).write_bytes(raw)
    assert len(graph(tmp_path).train) == 999


def test_the_torus():
    found = torus()
    places = WIDTH * HEIGHT
    assert (found.entities, found.relations) == (places, len(WAYS))
    facts = found.whole().tolist()
    assert len({tuple(f) for f in facts}) == len(facts) == 11 * places
    to = {(h, r): t for h, r, t in facts}
    east, north, both = (list(WAYS).index(n) for n in ("east", "north", "north_east"))
    assert all(to[to[p, east], north] == to[p, both] for p in range(places))
    assert sum(r == list(WAYS).index("beside") and h == 0 for h, r, _ in facts) == 4
