"""Paths through graphs against slow answers: what walks do, what is kept apart, what is reached."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from kg import edges, queries, reached, read, refusal, sets, turned, write

from scgc.data.fit import fit
from scgc.data.graphs import Graph, Reach, walk
from scgc.data.torus import torus
from scgc.ir.dims import Dim
from scgc.ir.graph import Input, SizeDecl
from scgc.ir.types import TensorType
from scgc.train.batches import ordered_batches

RELATIONS = 8
TRAIN = edges(torus().train, RELATIONS)
ALL = edges(torus().whole(), RELATIONS)


def test_every_path_leads_to_its_tail():
    loaded = read(lengths=[1, 2, 3, 7])
    assert loaded.dims == {"entities": 143, "relations": 8}
    for part, graph in (("train", TRAIN), ("test", ALL)):
        found = queries(loaded.splits[part])
        assert Counter(len(path) for _, path, _ in found).keys() == {1, 2, 3, 7}
        assert all(tail in reached(graph, [head], path) for head, path, tail in found)


def test_there_are_as_many_as_triples_and_each_is_asked_both_ways():
    loaded = read(lengths=[1, 3])
    for part, count in (("train", len(torus().train)), ("test", len(torus().test))):
        found = Counter(queries(loaded.splits[part]))
        assert found.total() == 2 * 2 * count
        assert found == Counter(turned(q, RELATIONS) for q in found.elements())
        one_way = queries(read(lengths=[1, 3], backward=False).splits[part])
        assert Counter([*one_way, *(turned(q, RELATIONS) for q in one_way)]) == found


def test_length_one_is_the_triples():
    splits = read(lengths=[1], backward=False).splits
    for part, triples in (("validation", torus().validation), ("test", torus().test)):
        assert sorted((h, *p, t) for h, p, t in queries(splits[part])) == sorted(map(tuple, triples.tolist()))


@pytest.mark.parametrize("length", [2, 4])
def test_held_out_paths_are_new(length: int):
    splits = read(lengths=[length], backward=False).splits
    train, validation, test = (splits[part] for part in ("train", "validation", "test"))
    held_out = [*queries(validation), *queries(test)]
    known = set(queries(train)) | {turned(q, RELATIONS) for q in queries(train)}
    both = {frozenset((q, turned(q, RELATIONS))) for q in held_out}
    assert len(both) == len(held_out) == len(torus().validation) + len(torus().test)
    assert not known & set(held_out)


def test_what_is_tested_does_not_depend_on_what_is_asked_beside_it():
    both = Counter(queries(read(lengths=[2, 3]).splits["test"]))
    alone = [Counter(queries(read(lengths=[n], parts=("test",)).splits["test"])) for n in (2, 3)]
    assert alone[0] + alone[1] == both
    tested = read(lengths=[1], test_lengths=[2, 3])
    assert Counter(queries(tested.splits["test"])) == both
    assert {len(p) for _, p, _ in queries(tested.splits["train"])} == {1}


def test_fewer_of_each_length():
    few, whole = (read(lengths=[2, 3], backward=False, per_length=n) for n in (50, None))
    for part in ("train", "test"):
        some, every = (queries(loaded.splits[part]) for loaded in (few, whole))
        assert Counter(len(p) for _, p, _ in some) == {2: 50, 3: 50}
        assert not Counter(some) - Counter(every)


def test_the_part_of_the_graph_among_the_most_frequent_entities():
    whole, few = torus(), torus().among(40)
    counts = Counter(whole.train[:, [0, 2]].flatten().tolist())
    kept = sorted(sorted(counts, key=lambda e: (-counts[e], e))[:40])
    assert few.entities == 40
    relations = sorted({r for h, r, t in whole.whole().tolist() if {h, t} <= set(kept)})
    assert few.relations == len(relations)
    for part in ("train", "validation", "test"):
        expected = [x for x in getattr(whole, part).tolist() if {x[0], x[2]} <= set(kept)]
        named = [[kept[h], relations[r], kept[t]] for h, r, t in getattr(few, part).tolist()]
        assert named == expected
    assert read(entities=40).dims == {"entities": 40, "relations": few.relations}


def test_the_same_every_time():
    first, second = (read(lengths=[1, 2]) for _ in range(2))
    assert all(queries(first.splits[p]) == queries(second.splits[p]) for p in ("train", "test"))


def test_only_the_parts_that_are_wanted():
    assert read(lengths=[6], parts=("test",)).splits.keys() == {"test"}


def test_answers_and_candidates():
    split = read(lengths=[1, 2, 3], per_length=40).splits["test"]
    for (head, path, tail), answers, candidates in zip(
        queries(split), sets(split, "answers"), sets(split, "candidates"), strict=True
    ):
        assert tail in answers and answers == reached(ALL, [head], path)
        assert candidates == reached(ALL, range(143), path[-1:])


def test_a_sample_of_the_test_queries_stands_for_all():
    """The first examples are of every length and direction: `examples = 100` would else ask one kind."""
    found = queries(read(lengths=[1, 2]).splits["test"])[:100]
    assert all(30 < count < 70 for count in Counter(len(p) for _, p, _ in found).values())


def test_walks_in_the_direction_of_the_facts(tmp_path: Path):
    found = read(lengths=[3], inverse=False, backward=False)
    assert all(max(path) < RELATIONS for s in found.splits.values() for _, path, _ in queries(s))
    assert any(max(path) >= RELATIONS for _, path, _ in queries(read(lengths=[3]).splits["train"]))


def test_walks_that_get_stuck_are_left_out():
    chain = torch.tensor([[0, 0, 1], [1, 0, 2], [3, 0, 2]])
    graph = Graph.of(chain, 4, 1, inverse=False)
    head, path, tail = walk(graph, 300, 2, torch.Generator().manual_seed(0))
    assert 60 < len(head) < 140 and set(head.tolist()) == {0} and set(tail.tolist()) == {2}
    assert path.shape == (len(head), 2) and not path.any()


def test_a_walk_chooses_the_relation_first_and_then_the_entity():
    """Three tails by one relation weigh as much as one tail by another."""
    graph = Graph.of(torch.tensor([[0, 0, 1], [0, 0, 2], [0, 0, 3], [0, 1, 4]]), 5, 2, inverse=False)
    _, _, tail = walk(graph, 6000, 1, torch.Generator().manual_seed(0))
    shares = torch.bincount(tail, minlength=5) / 6000
    expected = torch.tensor([0, 1 / 6, 1 / 6, 1 / 6, 1 / 2])
    torch.testing.assert_close(shares, expected, atol=0.03, rtol=0)


def test_facts_told_twice_count_once():
    graph = Graph.of(torch.tensor([[0, 0, 1], [0, 0, 1], [0, 0, 2]]), 3, 1)
    assert graph.offsets.tolist() == [0, 2, 2, 2, 3, 3, 4] and graph.tails.tolist() == [1, 2, 0, 0]


def test_reach_of_queries_that_lead_nowhere():
    graph = Graph.of(torch.tensor([[0, 0, 1]]), 3, 1)
    rows = torch.tensor([[0, 1, 0, 0], [1, 2, 0, 0], [0, 2, 0, 1], [2, 1, 0, 0]])
    assert [r.nonzero().flatten().tolist() for r in Reach(graph)(rows)] == [[1], [], [0], []]
    assert Reach(graph)(rows[:0]).shape == (0, 3)


def test_batches_are_as_wide_as_their_longest_path():
    def kind(name: str, *shape: str) -> TensorType:
        size = None if name == "bool" else Dim.parse(name)
        axes = tuple(map(Dim.of, shape))
        return TensorType(kind="class" if size else "bool", size=size, shape=axes)

    inputs = [
        Input(name="path", type=kind("2 * data.relations", "hops")),
        Input(name="tail", type=kind("data.entities")),
        Input(name="answers", type=kind("bool", "data.entities"), optional=True),
    ]
    sizes = [SizeDecl(name="hops", most=Dim.of(10))]
    fitted = fit(read(lengths=[1, 2, 5], per_length=60), inputs, {}, data="kg_paths", sizes=sizes)
    assert "answers" not in fitted.splits["train"]
    batches = list(ordered_batches(fitted.splits["test"], 40, torch.device("cpu")))
    assert [b["path"].shape[1] for b in batches] == [1, 1, 1, 2, 2, 2, 5, 5, 5]
    assert all(b["answers"].gather(1, b["tail"][:, None]).all() for b in batches)


def test_a_graph_of_ones_own(tmp_path: Path):
    write(tmp_path / "own")
    loaded = read(folder=tmp_path, graph="own", lengths=[1, 2], backward=False)
    assert loaded.dims == {"entities": 6, "relations": 2}
    assert len(loaded.splits["train"]["head"]) == 5 + 5
    assert len(loaded.splits["test"]["head"]) == 2 + 2


def test_a_graph_with_too_few_paths(tmp_path: Path):
    facts = {"train": ["a r b"], "valid": ["b r c"], "test": ["c r d"]}
    write(tmp_path / "own", facts)
    few = read(folder=tmp_path, graph="own", lengths=[2], backward=False, inverse=False, parts=("test",))
    assert len(queries(few.splits["test"])) == 1
    code, text = refusal(lambda: read(folder=tmp_path, graph="own", lengths=[2], inverse=False))
    assert code == "SCG509" and "length 2" in text


@pytest.mark.parametrize("options", [{"lengths": []}, {"lengths": [0, 1]}, {"per_length": 0}])
def test_options_out_of_range(options: dict[str, object]):
    assert refusal(lambda: read(**options))[0] == "SCG215"  # type: ignore[arg-type]
