"""Loops and choices in the figure: their boxes, what enters and leaves them, the next round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Draw = Callable[..., Any]


def titles(found: Any) -> dict[tuple[str, ...], tuple[str, str]]:
    """The sort and text of every cluster."""
    return {c.path: (c.sort, c.text) for c in found.figure.clusters}


def places(found: Any) -> dict[str, tuple[str, ...]]:
    """The cluster around every node."""
    return {node.id: path for path, group in found.figure.nodes.items() for node in group}


def test_a_loop_is_a_box_with_choices_and_calls_inside(drawn: Draw, tree: str) -> None:
    found = drawn(tree)
    loop, choice = ("%loop1",), ("%loop1", "%if1")
    assert titles(found) == {
        loop: ("loop", "for r in range(rounds)"),
        choice: ("choice", "if r < rounds − 1"),
        (*choice, "x@3"): ("call", "snap × n"),
    }
    where = places(found)
    assert [where[n] for n in ("%loop1.x@1", "%loop1.x@2", "%loop1.x@3.z", "tree", "logits")] == [
        loop, loop, (*choice, "x@3"), (), (),
    ]  # fmt: skip
    assert found.nodes["%loop1.x@2"].name == "x", "versions are the graph's business"


def test_a_carried_value_enters_goes_round_and_leaves(drawn: Draw, tree: str) -> None:
    found = drawn(tree)
    assert ("e", "%loop1.x@1") in found.ends("data"), "`x = e` is only another name"
    assert found.ends("round") == {("%loop1.x@3", "%loop1.x@1")}
    assert ("%loop1.x@2", "logits") in found.ends("data")
    assert ("%loop1.x@3", "logits") not in found.ends("data"), "the last round takes the other side"
    (back,) = [a for a in found.figure.arrows if a.stroke == "round"]
    assert back.back


# ---- what a box says


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("for c in seq", "for c in seq"),
        ("for c in seq[:-1]", "for c in seq[:−1]"),
        ("for c in seq[1:]", "for c in seq[1:]"),
        ("for i in range(3)", "for i in range(3)"),
        ("for i in range(1, K)", "for i in range(1, K)"),
    ],
)
def test_loops_say_what_they_run_over(drawn: Draw, head: str, told: str) -> None:
    text = f"""
    dim K = 3
    size n <= 9
    input seq : class(K)[n]
    input x : real[K]
    h = x
    {head} {{ h <- linear(h, K) }}
    loss error = sum(h)
    """
    found = drawn(text)
    assert [text for _, text in titles(found).values()] == [told]
    assert (" in seq" in told) == (("seq", "%loop1.c") in found.ends("data"))
    assert found.ends("round") == {("%loop1.h@2", "%loop1.h@1")}


def test_halting_and_masks_are_told(drawn: Draw, writer: str) -> None:
    found = drawn(writer)
    (cluster,) = found.figure.clusters
    assert (cluster.text, cluster.note) == ("for i in range(1, V)", "halt when k == 2")
    assert found.nodes["%loop1.link"].above == ("Bernoulli", "bit[V]", "where made")
    assert found.nodes["%loop1.k"].above == ("Categorical", "onehot(3)"), (
        "halting is no mask of the program's"
    )
    assert found.data("%loop1.made", "%loop1.link").label == "where"


def test_what_is_read_from_behind_a_loop_leads_out_of_its_box(drawn: Draw, writer: str) -> None:
    found = drawn(writer)
    assert {("%loop1.k", "node_error"), ("%loop1.link", "edge_error")} <= found.ends("data")
    assert found.nodes["edge_error"].below == ("nll(link)",)
    assert ("%loop1.made", "edge_error") not in found.ends("data"), (
        "the mask reaches the cost through its node"
    )
    assert {path for n, path in places(found).items() if n.endswith("_error")} == {()}


# ---- both sides of a choice, loops in loops

SIDES = """
input x : real[4]
h = x
for i in range(3) {
  g = h
  if TEST { g <- linear(h, 4) } else { g <- relu(h) }
  for j in range(2) { h <- h + g }
}
loss error = sum(h)
"""


@pytest.mark.parametrize(
    ("test", "then", "orelse"),
    [
        ("i == 0", "if i == 0", "if i != 0"),
        ("i >= 2", "if i >= 2", "if i < 2"),
        ("training", "if training", "if not training"),
        ("not training", "if not training", "if training"),
        ("training and i > 1", "if training and i > 1", "if not (training and i > 1)"),
        (
            "(training or i > 1) and i < 2",
            "if (training or i > 1) and i < 2",
            "if not ((training or i > 1) and i < 2)",
        ),
    ],
)
def test_each_side_of_a_choice_says_when(drawn: Draw, test: str, then: str, orelse: str) -> None:
    found = drawn(SIDES.replace("TEST", test))
    assert [text for sort, text in titles(found).values() if sort == "choice"] == [then, orelse]
    assert {("%loop1.g@1", "%loop1.%loop2.h@3"), ("%loop1.g@2", "%loop1.%loop2.h@3")} <= found.ends("data")
    assert "%loop1.g" not in found.nodes, "nobody reads what both sides replace"


def test_loops_nest(drawn: Draw) -> None:
    found = drawn(SIDES.replace("TEST", "training"))
    inner = ("%loop1", "%loop2")
    assert titles(found)[inner] == ("loop", "for j in range(2)")
    assert places(found)["%loop1.%loop2.h@3"] == inner
    assert found.ends("round") == {
        ("%loop1.%loop2.h@3", "%loop1.%loop2.h@2"), ("%loop1.%loop2.h@3", "%loop1.h@1"),
    }  # fmt: skip
    assert ("%loop1.%loop2.h@3", "error") in found.ends("data")


def test_a_loop_in_a_net_opens_with_its_call(drawn: Draw) -> None:
    text = """
    input x : real[4]
    net deep(a : real[4]) -> real[4] { h = a  for i in range(3) { h <- relu(linear(h, 4)) }  return h }
    y = deep(x)
    loss error = sum(y)
    """
    assert titles(drawn(text, 0)) == {}
    found = drawn(text, 1)
    assert titles(found) == {("y",): ("call", "deep"), ("y", "%loop1"): ("loop", "for i in range(3)")}
    assert found.ends("data") == {
        ("x", "y.%loop1.h@1"),
        ("y.%loop1.h@1", "y.%loop1.h@2"),
        ("y.%loop1.h@2", "error"),
    }
