"""The passes leave values, gradients and the distribution of what is drawn as they are."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor

from scgc.emit.load import load_source, model_class
from scgc.ir.graph import Invoke, Program
from scgc.ir.reader import parse_ir
from scgc.ir.text import print_ir
from scgc.passes import prepare
from scgc.passes.batching import parallel_calls
from scgc.passes.common import share
from scgc.passes.unneeded import drop
from scgc.pipeline import Compilation
from scgc.runtime import Model, dropres
from scgc.source import Source

TWO = """
param E : real[4, 5] init normal(0, 1)
input a, b : real[5]
schedule alpha = 0.5
net digit(x : real[5]) -> real[5] {{
  u = linear(x, 5)
  z ~ Categorical(logits = E @ u) via {via}
  return {rest} + z @ E
}}
{calls}
loss cost = sum((left - 1)^2 + right^2)
"""
CALLS = "left = digit(a)\nright = digit(b)"


def program(text: str) -> Program:
    return Compilation(Source("example.scg", text)).program


def two(via: str = "gumbel_softmax(1, scale = 0)", rest: str = "u", calls: str = CALLS) -> str:
    return TWO.format(via=via, rest=rest, calls=calls)


def models(text: str) -> tuple[Model, Model]:
    """As it is written, and after the passes, with the same parameters."""
    made: list[Any] = []
    for passes in (False, True):
        compiled = Compilation(Source("example.scg", text))
        compiled.passes = passes
        torch.manual_seed(0)
        made.append(model_class(load_source(compiled.python, "example"))())
    made[1].load_state_dict(made[0].state_dict())
    return made[0], made[1]


def batch(n: int = 6) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(1)
    return {name: torch.randn(n, 5, generator=random) for name in "ab"}


# ---- which calls are one


def test_parallel_calls_are_one() -> None:
    prepared = prepare(program(two()))
    assert prepared.together == {"": (("left", "right"),)}


@pytest.mark.parametrize(
    "text",
    [
        two(calls="left = digit(a)\nright = digit(left + b)"),
        two(rest="permute_batch(u)"),
        two(rest="batchnorm(u)"),
        two(via="score(samples = 3, baseline = leave_one_out)"),
        two(via="enumerate"),
        two(calls="left = digit(a)\nright = digit(ones(5))"),
    ],
    ids=["depends", "mixes the batch", "normalises over it", "samples", "weights", "no batch"],
)
def test_others_stay_apart(text: str) -> None:
    assert prepare(program(text)).together == {}


def test_what_a_call_needs_goes_before() -> None:
    text = two(calls="left = digit(a)\nx = relu(left)\ny = relu(b)\nright = digit(y)")
    prepared = prepare(program(text))
    order = [s.result for s in prepared.program.body if s.result[0] not in "%c"]
    assert order == ["y", "left", "right", "x"]
    assert prepared.together == {"": (("left", "right"),)}


CROSSED = """
input a, b : real[5]
net f(x : real[5]) -> real[5] { return linear(x, 5) }
net g(x : real[5]) -> real[5] { return relu(linear(x, 5)) }
first = f(a)
second = g(b)
third = f(second)
fourth = g(first)
loss cost = sum(third + fourth)
"""


def test_of_groups_that_need_each_other_one_is_one_call() -> None:
    prepared = prepare(program(CROSSED))
    assert prepared.together == {"": (("second", "fourth"),)}
    plain, merged = models(CROSSED)
    torch.testing.assert_close(plain(**batch())._asdict(), merged(**batch())._asdict())


# ---- values and gradients


@pytest.mark.parametrize("rest", ["u", "relu(u) * sum(u)", "dropres(u, drop = 0, per = example)"])
def test_values_and_gradients_stay(rest: str) -> None:
    plain, merged = models(two(rest=rest))
    first, second = plain(**batch()), merged(**batch())
    for name in ("left", "right", "left_z", "right_z", "cost", "loss"):
        torch.testing.assert_close(getattr(first, name), getattr(second, name))
    first.loss.backward()
    second.loss.backward()
    for one, other in zip(plain.parameters(), merged.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_nodes_are_drawn_apart() -> None:
    """Draws of the two calls are independent, and each has the distribution of before."""
    plain, merged = models(two(via="gumbel_softmax(1, hard = true)"))
    n, one = 20_000, {k: v[:1] for k, v in batch().items()}
    many = {k: v.expand(n, -1) for k, v in one.items()}
    torch.manual_seed(2)
    joint = [torch.einsum("bi,bj->ij", o.left_z, o.right_z) / n for o in (plain(**many), merged(**many))]
    torch.testing.assert_close(joint[0], joint[1], atol=0.02, rtol=0)
    for found in joint:
        torch.testing.assert_close(found, found.sum(1, keepdim=True) * found.sum(0), atol=0.02, rtol=0)


def test_a_shortcut_is_drawn_for_each_call() -> None:
    """All examples of a call keep it or none; the two calls on their own."""
    torch.manual_seed(0)
    kept = torch.stack(
        [dropres(torch.ones(6, 2), drop=0.25, calls=2, training=True).view(2, 6) for _ in range(4000)]
    )
    assert (kept == kept[..., :1]).all()
    a, b = kept[..., 0].unbind(1)
    assert float(a.mean()) == pytest.approx(0.75, abs=0.03)
    assert float(b.mean()) == pytest.approx(0.75, abs=0.03)
    assert float((a * b).mean()) == pytest.approx(0.75**2, abs=0.03)


def test_the_merged_net_is_told_of_its_calls() -> None:
    text = two(rest="dropres(u, drop = alpha)")
    assert "calls=2" in Compilation(Source("example.scg", text)).python
    more = two(rest="dropres(u, drop = alpha)", calls=CALLS + "\nthird = digit(left + right)")
    python = Compilation(Source("example.scg", more)).python
    assert "calls=2)" in python
    assert "calls=1)" in python


def test_a_row_of_nets_takes_nothing_apart_between() -> None:
    text = two(calls="left = digit(relu(digit(a)))\nright = digit(relu(digit(b)))")
    compiled = Compilation(Source("example.scg", text))
    assert len(compiled.prepared.together[""]) == 2
    plain, merged = models(text)
    torch.testing.assert_close(plain(**batch()).loss, merged(**batch()).loss)


# ---- the other passes


def test_common_subexpressions() -> None:
    text = """
input x : real[3]
param w : real[3] init ones
a = relu(x * w) + 1
b = relu(x * w) + 2
c = dropout(x * w, 0.5)
d = dropout(x * w, 0.5)
e = relu(x)
f = relu(x)
loss cost = sum(a + b + c + d + e + f)
"""
    before, after = program(text), share(program(text))
    functions = [s.function for s in after.body if s.form == "apply"]
    assert functions.count("mul") == 1
    assert functions.count("relu") == 2
    assert functions.count("dropout") == 2
    assert functions.count("identity") == 1
    assert len(after.body) < len(before.body)
    assert parse_ir(print_ir(after)) == after


def test_what_nothing_reads_is_dropped() -> None:
    text = """
input x : real[3]
net n(u : real[3]) -> real[3] {
  unread = exp(u)
  return relu(u)
}
y = n(x)
loss cost = sum(y)
"""
    before = program(text)
    assert before.nets[0].body[0].result == "unread"
    after = drop(before)
    assert "unread" not in [s.result for s in after.nets[0].body]
    assert after.body == before.body


def test_passes_are_pure() -> None:
    before = program(two())
    copy = deepcopy(before)
    prepare(before)
    assert before == copy
    assert [s.result for s in prepare(before).program.body if isinstance(s, Invoke)] == ["left", "right"]
    assert parallel_calls(before) == {"": (("left", "right"),)}
