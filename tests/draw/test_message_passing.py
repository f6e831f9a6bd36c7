"""Messages along graphs, given and sampled, and gradients through them and through rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Draw = Callable[..., Any]

PASSING = """
input x : real[3, 4]
input edge : bool[3, 3]
net send(a, b : real[4]) -> real[4] { return relu(a + b) }
m = propagate(send, dst = x, src = x, along = edge)
loss error = sum(m)
"""


def test_messages_run_along_a_sampled_graph(drawn: Draw, tree: str) -> None:
    found = drawn(tree)
    (messages,) = [n for n in found.nodes.values() if n.kind == "messages"]
    assert (messages.name, messages.above) == ("message", ("propagate",))
    assert found.ends("graph") == {("tree", messages.id)}
    assert {("e", messages.id), ("%loop1.x@1", messages.id)} <= found.ends("data")
    assert "graph" in found.figure.caption.legend
    told = " ".join(found.figure.caption.lines)
    assert "n ≤ 9" in told
    assert "rounds = 3" in told, "the title of the loop names it"


def test_a_graph_that_is_given_is_data(drawn: Draw) -> None:
    found = drawn(PASSING)
    assert found.nodes["m"].above == ("propagate send",)
    assert found.ends("graph") == set()
    assert found.data("edge", "m").label == "along"


def test_messages_open_like_a_call_and_are_summed(drawn: Draw) -> None:
    found = drawn(PASSING.replace("return relu(a + b)", "h = a + b  k = a * b  return relu(h * k)"))
    assert [(c.value, c.text) for c in found.figure.clusters] == [("m", "propagate send")]
    assert found.nodes["m"].name == "Σ"
    assert {("m.h", "m"), ("edge", "m"), ("m", "error")} <= found.ends("data")


def test_a_graph_put_together_from_draws_is_an_inner_graph_too(drawn: Draw, writer: str) -> None:
    net = "net send(a, b : real[2]) -> real[2] { return linear(a + b, 2) }\n"
    text = net + writer.replace("zeros(2)", "zeros(V, 2)").replace(
        "h <- relu(linear(h, 2))", "h <- propagate(send, dst = h, src = h, along = edges)"
    ).replace("linear(h, ", "linear(sum(h, axis = 0), ")
    found = drawn(text)
    assert found.ends("graph") == {("%loop1.edges@1", "%loop1.h@2")}


# ---- gradients


def test_gradients_go_through_rounds_and_along_the_graph(drawn: Draw, tree: str) -> None:
    found = drawn(tree, gradients=True)
    (messages,) = [n for n in found.nodes.values() if n.kind == "messages"]
    assert {("%loop1.x@3", "%loop1.x@1"), ("tree", messages.id), ("%loop1.x@2", "logits")} <= found.ends(
        "pass"
    )
    assert ("score", "tree") not in found.ends("pass")
    assert any(head == "tree" for _, head in found.ends("carried"))
    backwards = [a for a in found.figure.arrows if a.stroke == "pass" and a.back]
    assert [(a.tail, a.head) for a in backwards] == [("%loop1.x@3", "%loop1.x@1")]


def test_the_losses_behind_a_loop_reach_its_nodes(drawn: Draw) -> None:
    text = """
    input x : real[4]
    h = x
    for i in range(3) { z ~ Categorical(logits = linear(h, 4)) via score  h <- h + z }
    loss error = sum(h)
    """
    found = drawn(text, gradients=True)
    assert ("%loop1.z", "error") in found.ends("carried")
    assert ("%loop1.h@1", "%loop1.z") in found.ends("carried")
