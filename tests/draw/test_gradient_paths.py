"""Where gradients run back, where an estimator carries them and where they stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Draw = Callable[..., Any]

SCORES = """
input x : real[4]
net f(x : real[4]) -> real[3] { return linear(x, 3) }
above ~ Categorical(logits = f(x)) via score
below ~ Categorical(logits = linear(above, 3)) via enumerate
aside ~ Normal(mean = linear(x, 3), std = 1)
loss first  = sum(above)
loss second = sum(below) + sum(aside)
"""


def test_a_relaxed_node_carries_its_gradient_and_passes_what_follows(drawn: Draw, shortcut: str) -> None:
    found = drawn(shortcut, gradients=True)
    assert {("v.z", "v"), ("v.u", "v"), ("v", "error"), ("v.v.C", "v"), ("%1", "v.u")} <= found.ends("pass")
    assert found.ends("carried") == {("v.u", "v.z"), ("v.v.z.C", "v.z")}


def test_a_closed_call_shows_every_way_through_it(drawn: Draw, shortcut: str) -> None:
    found = drawn(shortcut, depth=0, gradients=True)
    assert ("%1", "v") in found.ends("pass"), "by the shortcut"
    assert ("%1", "v") in found.ends("carried"), "by the stochastic node"


def test_data_needs_no_gradient_and_classes_stop_it(drawn: Draw, shortcut: str) -> None:
    found = drawn(shortcut, gradients=True)
    assert found.ends("cut") == {("y", "error")}
    assert not any(tail == "x" for stroke in ("pass", "carried", "cut") for tail, _ in found.ends(stroke))


def test_metrics_send_no_gradient(drawn: Draw, shortcut: str) -> None:
    found = drawn(shortcut, gradients=True)
    backwards = [a for a in found.figure.arrows if a.stroke in ("pass", "carried", "cut")]
    assert not any(a.head == "accuracy" for a in backwards)


def test_scores_come_from_exactly_the_losses_downstream(drawn: Draw) -> None:
    found = drawn(SCORES, gradients=True)
    free = {(a.tail, a.head) for a in found.figure.arrows if a.free}
    assert free == {("above", "first"), ("above", "second"), ("below", "second")}
    assert {("%1", "above")} <= found.ends("carried"), "the term reaches the distribution's parameters"
    assert ("aside", "second") in found.ends("pass")
    assert ("above", "below") in found.ends("cut"), "nothing passes through the drawn value"


def test_a_score_node_beside_its_loss_has_one_arrow_back(drawn: Draw) -> None:
    found = drawn(SCORES, gradients=True)
    back = [
        a for a in found.figure.arrows if (a.tail, a.head) == ("above", "first") and a.stroke not in ("data",)
    ]
    assert [a.stroke for a in back] == ["carried"]


def test_stop_and_argmax_cut(drawn: Draw) -> None:
    text = """
    input x : real[4]
    u = linear(x, 4)
    w = linear(x, 4)
    v = stop(u) * w
    loss error = sum(v)
    loss wrong = mean(argmax(w) == 0)
    """
    found = drawn(text, gradients=True)
    assert found.ends("cut") == {("u", "v"), ("w", "wrong")}
    assert found.ends("pass") == {("w", "v"), ("v", "error")}
    assert found.figure.caption.legend == ("cut", "pass")


def test_pathwise_passes_and_straight_through_carries(drawn: Draw) -> None:
    text = """
    input x : real[4]
    h = linear(x, 4)
    z ~ Normal(mean = h, std = 1)
    k ~ Categorical(logits = h) via straight_through
    loss error = sum(z) + sum(k)
    """
    found = drawn(text, gradients=True)
    assert {("h", "z"), ("z", "error"), ("k", "error")} == found.ends("pass")
    assert found.ends("carried") == {("h", "k")}


def test_kl_passes_whatever_the_estimator(drawn: Draw) -> None:
    text = """
    input x : real[4]
    h = linear(x, 4)
    z ~ Categorical(logits = h) prior uniform via score
    loss rate = kl(z)
    loss error = sum(linear(z, 2))
    """
    found = drawn(text, gradients=True)
    assert {("h", "z"), ("z", "rate")} <= found.ends("pass")
    assert {("h", "z"), ("z", "error")} <= found.ends("carried")


def test_an_observed_node_passes_gradients_of_its_likelihood_only(drawn: Draw) -> None:
    text = """
    input x : real[4]
    input k : class(3)
    h = linear(x, 3)
    z ~ Categorical(logits = h) observe k
    loss fit = nll(z)
    loss next = sum(linear(z, 2))
    """
    found = drawn(text, gradients=True)
    assert found.ends("pass") == {("h", "z"), ("z", "fit")}
    assert found.ends("carried") == set()
