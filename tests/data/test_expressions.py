"""Expressions of ListOps: what they mean, against a slow evaluator, and how they are drawn."""

from collections import Counter
from statistics import median

import networkx as nx
import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare

from scgc.data.expressions import PROBLEMS, parse
from scgc.data.listops import WORDS
from scgc.data.random_expressions import Chances, Drawing, TooFew, different

NUMBERS = {word: number for number, word in enumerate(WORDS)}
APPLY = {"[MIN": min, "[MAX": max, "[MED": lambda arguments: int(median(arguments))}


def tokens(*texts: str, width: int = 20, padding: int = -1) -> np.ndarray:
    rows = np.full((len(texts), width), padding)
    for i, words in enumerate(texts):
        numbers = [NUMBERS[word] for word in words.split()]
        rows[i, : len(numbers)] = numbers
    return rows


def evaluate(words: list[str]) -> tuple[int, int]:
    """Value and depth of the expression that begins the list, which is used up."""
    word = words.pop(0)
    if word not in APPLY:
        return int(word), 0
    arguments = []
    while words[0] != "]":
        arguments.append(evaluate(words))
    words.pop(0)
    return APPLY[word]([value for value, _ in arguments]), 1 + max(depth for _, depth in arguments)


def test_the_example_of_the_thesis():
    given = tokens("[MAX 2 9 [MIN 4 7 ] 0 ]")
    found = parse(given)
    assert (found.length[0], found.depth[0], found.value[0], found.problem[0]) == (9, 2, 9, 0)
    assert found.parent[0, :9].tolist() == [0, 0, 0, 0, 3, 3, 3, 0, 0]
    assert found.steps[0, :9].tolist() == [9, 2, 9, 4, 4, 7, 4, 0, 9]


def test_the_median_of_an_even_number_is_rounded_down():
    cases = {"[MED 1 2 ]": 1, "[MED 2 5 ]": 3, "[MED 9 0 5 ]": 5, "[MED 8 1 2 7 ]": 4, "[MED 3 3 ]": 3}
    assert parse(tokens(*cases)).value.tolist() == list(cases.values())


def test_a_numeral_alone():
    found = parse(tokens("7"))
    assert (found.length[0], found.depth[0], found.value[0], found.parent[0, 0]) == (1, 0, 7, 0)


@pytest.mark.parametrize("padding", [-1, 0])
def test_the_end_is_found_whatever_the_padding(padding: int):
    found = parse(tokens("[MIN 3 4 ]", "[MIN 3 [MAX 4 5 ] ]", padding=padding))
    assert found.length.tolist() == [4, 7] and not found.problem.any()
    assert found.parent[0, 4:].tolist() == found.steps[0, 4:].tolist() == [0] * 16


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("] 3", "closes nothing"),
        ("[MIN ]", "no arguments"),
        ("[MIN 3 [MAX 4", "never closed"),
        ("[MIN 3 4 ] 5", "after its end"),
        ("3 4", "after its end"),
        ("", "empty"),
    ],
)
def test_malformed(words: str, told: str):
    assert told in PROBLEMS[parse(tokens(words, "[MIN 1 2 ]")).problem[0]]


def test_a_token_that_is_none():
    assert "none of the 14" in PROBLEMS[parse(np.array([[1, 5, 14, 0]])).problem[0]]


@pytest.fixture(scope="module")
def drawn() -> dict[int, np.ndarray]:
    return {depth: different(depth, 50, 3000, seed=1) for depth in (1, 2, 3, 4, 5, 8, 10)}


def test_drawn_expressions_are_what_they_should_be(drawn: dict[int, np.ndarray]):
    for depth, rows in drawn.items():
        found = parse(rows)
        assert not found.problem.any() and found.length.max() <= 50
        for i in range(0, 3000, 10):
            words = [WORDS[token] for token in rows[i, : found.length[i]]]
            assert evaluate(words) == (found.value[i], depth) and words == []


def test_parents_form_a_tree(drawn: dict[int, np.ndarray]):
    for rows in drawn.values():
        found = parse(rows)
        for i in range(0, 3000, 300):
            parents = enumerate(found.parent[i, : found.length[i]].tolist())
            graph = nx.DiGraph([(place, parent) for place, parent in parents if place != parent])
            assert len(graph) == found.length[i] and nx.is_arborescence(graph.reverse())
            for node, at in nx.shortest_path_length(graph, target=0).items():
                operator = WORDS[rows[i, node]].startswith("[")
                assert operator or graph.in_degree(node) == 0
                assert at <= found.depth[i]
                # besides its bracket an operator has 2 to 5 arguments
                assert not operator or 3 <= graph.in_degree(node) <= 6


def test_no_expression_twice_and_the_seed_fixes_all():
    rows = different(2, 20, 5000, seed=0)
    assert len(np.unique(rows, axis=0)) == 5000
    assert np.array_equal(different(2, 20, 100, seed=0), rows[:100])
    assert not np.array_equal(different(2, 20, 100, seed=1), rows[:100])


def test_more_than_there_are():
    with pytest.raises(TooFew) as caught:
        different(1, 4, 301, seed=0)
    assert caught.value.found == 300


def naive(random: np.random.Generator, depth: int = 0) -> list[str]:
    """From the top, as Nangia and Bowman draw; deeper than 3 is not wanted here."""
    if depth > 3 or random.random() > 0.25:
        return [str(random.integers(10))]
    words = [WORDS[1 + random.integers(3)]]
    for _ in range(random.integers(2, 6)):
        words += naive(random, depth + 1)
    return [*words, "]"]


def test_the_distribution_is_that_of_the_naive_process_under_its_conditions():
    """By length, and which of the first six tokens are operators."""
    random = np.random.default_rng(0)
    expected: Counter[tuple[int, ...]] = Counter()
    while expected.total() < 2500:
        words = naive(random)
        if 7 <= len(words) <= 25 and evaluate(list(words))[1] == 2:
            expected[(len(words), *(w in APPLY for w in words[:6]))] += 1
    rows = Drawing(2, 25).draw(20_000, np.random.default_rng(1))
    operators = (rows[:, :6] > 0) & (rows[:, :6] < 4)
    keys = np.concatenate((parse(rows).length[:, None], operators), 1)
    found = Counter(map(tuple, keys.tolist()))
    common = [key for key, n in found.items() if n >= 100]
    table = [[counts[key] for key in common] for counts in (expected, found)]
    assert len(common) > 30 and chi2_contingency(table).pvalue > 1e-3
    assert sum(table[0]) / expected.total() == pytest.approx(sum(table[1]) / found.total(), abs=0.03)


def test_chances_add_up():
    chances = Chances.of(6, 60)
    assert chances.deepest[:, 1] == pytest.approx(0.75)
    assert chances.deep[1, 4] == pytest.approx(0.25 / 4 * 0.75**2)
    assert chances.deep.cumsum(0) == pytest.approx(chances.deepest)
    assert chances.deepest_row[:, 1] == pytest.approx(chances.deepest)
    # [op x y ] with one operator of two numerals among x and y
    assert chances.deep[2, 7] == pytest.approx((0.25 / 4) ** 2 * 2 * 0.75**3)


def test_operators_and_numerals_are_equally_likely():
    rows = Drawing(3, 40).draw(20_000, np.random.default_rng(0))
    count = np.bincount(rows.ravel(), minlength=14)
    assert chisquare(count[1:4]).pvalue > 1e-4 and chisquare(count[4:]).pvalue > 1e-4
