"""Which nodes and edges a figure has, at every depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scgc.ir.graph import Program, Sample
from scgc.pipeline import Compilation
from scgc.programs import shipped

Draw = Callable[..., Any]


def test_depth_0_draws_a_call_as_one_node(drawn: Draw, shortcut: str) -> None:
    found = drawn(shortcut, depth=0)
    assert found.clusters == set()
    assert set(found.nodes) == {"x", "y", "%1", "v", "error", "accuracy", "v.C", "error.C", "accuracy.C"}
    assert found.nodes["%1"].kind == "call"
    assert found.nodes["v"].kind == "component", "a closed call with a stochastic node inside"
    assert found.data("%1", "v").label == "", "what happens inside is not told outside"


def test_depth_1_opens_a_call_into_a_cluster(drawn: Draw, shortcut: str) -> None:
    found = drawn(shortcut, depth=1)
    (cluster,) = found.figure.clusters
    assert (cluster.path, cluster.value, cluster.text) == (("v",), "v", "snap")
    inside = {node.id: node for node in found.figure.nodes["v",]}
    assert set(inside) == {"v.u", "v.z", "v", "v.v.z.C", "v.v.C"}
    assert (inside["v"].kind, inside["v"].name) == ("value", "+"), "the result shows its operation"
    assert inside["v.z"].above == ("Categorical", "onehot(3)")
    assert inside["v.z"].below == ("gumbel_softmax", "τ = 0.5, scale = α")


def test_a_pipeline_stays_one_node_and_lists_its_steps_from_depth_2(drawn: Draw, shortcut: str) -> None:
    assert drawn(shortcut, depth=1).nodes["%1"].below == ("real[4]",)
    assert drawn(shortcut, depth=2).nodes["%1"].below == ("real[4]", "linear\u00a08 › relu › linear\u00a04")


def test_parts_of_expressions_are_edges(drawn: Draw, shortcut: str) -> None:
    found = drawn(shortcut)
    assert found.data("v", "error").stroke == "data"
    assert found.data("y", "accuracy").stroke == "aside", "metrics are unobtrusive"
    assert all(not n.name.startswith("%") for n in found.nodes.values())


def test_the_shortcut_is_dashed_and_says_its_schedule(drawn: Draw, shortcut: str) -> None:
    dashed = drawn(shortcut).data("v.u", "v")
    assert (dashed.stroke, dashed.label) == ("shortcut", "dropres α")


def test_a_parameter_stands_beside_every_reader(drawn: Draw, shortcut: str) -> None:
    found = drawn(shortcut)
    assert {n.id for n in found.nodes.values() if n.kind == "param"} == {
        "v.v.z.C", "v.v.C", "error.C", "accuracy.C",
    }  # fmt: skip


def test_an_argument_is_a_node_only_where_it_forks(drawn: Draw) -> None:
    text = """
    input x : real[4]
    net once(a : real[4]) -> real[4] { h = relu(a)  return tanh(h) }
    net twice(a : real[4]) -> real[4] { h = relu(a)  return h + a }
    u = once(x)
    v = twice(x)
    loss error = sum(u + v)
    """
    found = drawn(text)
    assert "u.a" not in found.nodes
    assert found.nodes["v.a"].kind == "argument"
    assert {("x", "u.h"), ("x", "v.a"), ("v.a", "v.h"), ("v.a", "v")} <= found.ends("data")


def test_nested_calls_open_level_by_level(drawn: Draw) -> None:
    text = """
    input x : real[4]
    net outer(a : real[4]) -> real[4] {
      net inner(b : real[4]) -> real[4] { z ~ Normal(mean = linear(b, 4), std = 1)  return z }
      h = inner(a)
      return relu(inner(h))
    }
    y = outer(x)
    loss error = sum(y)
    """
    assert drawn(text, 1).clusters == {("y",)}
    assert drawn(text, 2).clusters == {("y",), ("y", "h"), ("y", "%1")}
    assert drawn(text, 1).nodes["y.h"].kind == "component"
    deep = drawn(text, 2)
    assert "y.h" not in deep.nodes, "a call that returns a node is that node"
    assert {("y.h.z", "y.%1.z"), ("y.%1.z", "y")} <= deep.ends("data")


def test_an_observed_node_is_told_from_a_sampled_one(drawn: Draw) -> None:
    text = """
    input x : real[4]
    input k : class(3)
    z ~ Categorical(logits = linear(x, 3)) observe k
    loss error = nll(z)
    """
    found = drawn(text)
    assert found.nodes["z"].kind == "observed"
    assert found.nodes["z"].below == ()
    assert found.data("k", "z").label == "observe"
    assert found.data("z", "error")
    assert found.nodes["error"].below == ("nll(z)",)
    assert ("k", "error") not in found.ends("data"), "the observed value reaches the cost through its node"


def test_prior_and_kl_belong_to_their_node(drawn: Draw) -> None:
    text = """
    input x : real[4]
    z ~ Normal(mean = linear(x, 2), std = 1) prior Normal(zeros(2), 1)
    q = Normal(mean = linear(x, 2), std = 1)
    w ~ q prior Normal(linear(x, 2), 1)
    loss rate = kl(z)
    loss other = kl(w)
    """
    found = drawn(text)
    assert found.nodes["z"].above == ("prior Normal(zeros(2), 1)", "Normal", "real[2]")
    assert found.nodes["rate"].below == ("kl(z)",)
    assert found.data("z", "rate")
    assert found.data("q", "other"), "a distribution with a name is a node of its own"
    assert found.data("x", "w").label == "prior"
    assert found.nodes["q"].above == ("Normal",)


def test_copies_and_mapped_axes_are_told(drawn: Draw) -> None:
    text = """
    dim n = 3
    input x : real[n, 4]
    net f[2](a : real[4]) -> real[4] { return linear(a, 4) }
    y = f[1](x)
    loss error = sum(f[0](y))
    """
    found = drawn(text).nodes
    assert found["y"].above == ("f[1] × n",)
    assert found["%1"].name == "f[0] × n"


def test_costs_of_every_form(drawn: Draw) -> None:
    text = """
    input x : real[4]
    input rest : real optional
    net f(a : real[4]) -> real[] { h = linear(a, 1)  z ~ Normal(mean = h, std = 1)  return sum(z * h) }
    loss called = f(x)
    loss again = called
    loss fixed = 1
    metric both = called + again
    """
    found = drawn(text)
    kinds = {n.id: n.kind for n in found.nodes.values()}
    assert [kinds[c] for c in ("called", "again", "fixed", "both")] == ["loss", "loss", "loss", "metric"]
    assert {n.id for n in found.figure.losses} == {"called", "again", "fixed"}
    assert {"called", "again", "fixed"} <= {n.id for n in found.figure.nodes[()]}, (
        "losses stand outside of clusters"
    )
    assert {("called.h", "called"), ("called.z", "called"), ("called", "again")} <= found.ends("data")
    assert ("called", "both") in found.ends("aside")
    assert "unused: rest" in found.figure.caption.lines


def test_the_caption_tells_schedules_sizes_and_what_is_left_out(drawn: Draw) -> None:
    program = Compilation.of("digit_addition").program
    caption = drawn(program).figure.caption
    assert caption.name == "digit_addition"
    assert caption.title == ("Add two small handwritten digits while seeing only their sum.",)
    assert caption.lines == (
        "τ = 4\u2003β = τ · (1 − exp(−0.008 · t))\u2003α = min(1, 0.005 · t)",
        "C : real[K, D]\u2003D = 32\u2003K = 19",
        "only reported on: digit_a, digit_b",
    )
    assert caption.legend == ()


@pytest.mark.parametrize("name", list(shipped()))
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_every_shipped_program_is_drawn_whole(drawn: Draw, name: str, depth: int) -> None:
    program = Compilation.of(name).program
    found = drawn(program, depth, gradients=True)
    known = found.nodes
    assert {a.tail for a in found.figure.arrows} | {a.head for a in found.figure.arrows} <= set(known)
    assert {c.name for c in (*program.losses, *program.metrics)} <= set(known)
    assert _samples(program) <= {n.id for n in known.values() if n.kind == "sample"}


def _samples(program: Program) -> set[str]:
    return {s.result for s in program.body if isinstance(s, Sample) and s.observe is None}
