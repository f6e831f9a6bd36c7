"""Loops, choices and halting compute what the same programs written out by hand do: costs and gradients."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from scgc.emit.load import load_source, model_class
from scgc.pipeline import Compilation
from scgc.source import Source

BEFORE = "input x : real[4]\nparam W : real[4, 4]\nparam w : real[4]\n"
PAIRS = re.findall(
    r"^== ([^\n]*)\n(.*?)\n--\n(.*?)\n\n",
    (Path(__file__).parent / "loop_pairs.txt").read_text("utf-8"),
    re.S | re.M,
)


def inputs(batch: int = 6) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(3)
    return {
        "x": torch.randn(batch, 4, generator=random),
        "s": torch.randn(batch, 5, 4, generator=random),
        "k": torch.randint(0, 4, (batch, 3), generator=random),
        "b": torch.rand(batch, 3, 4, generator=random) > 0.5,
        "m": torch.rand(batch, 4, generator=random) > 0.5,
    }


def model(text: str) -> Any:
    text = text[1:] if text.startswith("@") else BEFORE + text
    compiled = Compilation(Source("example.scg", text))
    dims = {"N": 3} if "data.entities" in text else {}
    made: Any = model_class(load_source(compiled.python, "example"))(**dims)
    made.advance(t=50.0)
    return made


def outcome(made: Any, weights: list[Tensor], training: bool, seed: int) -> tuple[Tensor, list[Tensor]]:
    """The costs, one an example, and the gradients of the parameters in their order."""
    parameters = list(made.parameters())
    with torch.no_grad():
        for parameter, value in zip(parameters, weights, strict=True):
            parameter.copy_(value)
    made.train(training)
    torch.manual_seed(seed)
    out = made(**{n: v for n, v in inputs().items() if n in made.inputs})
    found = torch.autograd.grad(out.loss, parameters, allow_unused=True)
    grads = [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]
    return out.l, grads


@pytest.mark.parametrize(("name", "looped", "by_hand"), PAIRS, ids=[name for name, _, _ in PAIRS])
def test_a_loop_is_what_it_is_by_hand(name: str, looped: str, by_hand: str) -> None:
    one, other = model(looped), model(by_hand)
    random = torch.Generator().manual_seed(0)
    weights = [torch.randn(p.shape, generator=random) / 2 for p in one.parameters()]
    for seed in (0, 1):
        found = outcome(one, weights, "(train)" in name, seed)
        wanted = outcome(other, weights, "(train)" in name, seed)
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)
        assert any(g.abs().max() > 0 for g in found[1])


SMALL = "input x : real[2]\nparam W : real[2, 2]\nparam w : real[2]\n"
TWICE = """h0 = {start}
z1 ~ Categorical(logits = h0 @ W){prior} via enumerate
h1 = h0 + z1 * w
z2 ~ Categorical(logits = h1 @ W){prior} via enumerate
h = h1 + {kept}z2 * w
"""


def twice(cost: str, start: str = "x", prior: str = "", kept: str = "") -> str:
    """Two rounds by hand, every draw visited."""
    return TWICE.format(start=start, prior=prior, kept=kept) + f"loss l = {cost}\n"


def rounds(
    cost: str, more: str = "", start: str = "x", prior: str = "", via: str = "score", before: str = ""
) -> str:
    """Two rounds with a draw each."""
    return (
        f"{before}h = {start}\nc = 0\nfor r in range(2) {{\n"
        f"  z ~ Categorical(logits = h @ W){prior} via {via}\n  h <- h + z * w\n"
        f"  c <- c + sum(h) ^ 2\n  {more}\n}}\nloss l = {cost}\n"
    )


FIRST = "k ~ Categorical(logits = x) via {}\n"
SCORES = {
    "a cost behind the loop": (rounds("sum(h) ^ 2"), twice("sum(h) ^ 2")),
    "a moving average": (rounds("sum(h) ^ 2", via="score(baseline = moving_average)"), twice("sum(h) ^ 2")),
    "costs of the rounds": (rounds("c"), twice("sum(h1) ^ 2 + sum(h) ^ 2")),
    "halting": (
        rounds("sum(h) ^ 2", more="halt when z[0] > 0.5"),
        twice("sum(h) ^ 2", kept="where(z1[0] > 0.5, 0, 1) * "),
    ),
    "kl": (
        rounds("sum(h) ^ 2 + kl(z)", prior=" prior uniform"),
        twice("sum(h) ^ 2 + kl(z1) + kl(z2)", prior=" prior uniform"),
    ),
    "an enumerated node before": (
        rounds("sum(h) ^ 2", start="x + k * w", before=FIRST.format("enumerate")),
        FIRST.format("enumerate") + twice("sum(h) ^ 2", start="x + k * w"),
    ),
    "several samples before": (
        rounds("sum(h) ^ 2", start="x + k * w", before=FIRST.format("score(samples = 3)")),
        FIRST.format("enumerate") + twice("sum(h) ^ 2", start="x + k * w"),
    ),
    "a loop in a net": (
        "net lo(a : real[2]) -> real[2] {\n  h = a\n  for r in range(2) {\n"
        "    z ~ Categorical(logits = h @ W) via score\n    h <- h + z * w\n  }\n  return h\n}\n"
        "loss l = sum(lo(x)) ^ 2\n",
        twice("sum(h) ^ 2"),
    ),
}


@pytest.mark.parametrize(("looped", "by_hand"), list(SCORES.values()), ids=list(SCORES))
def test_score_in_a_loop_is_unbiased(looped: str, by_hand: str) -> None:
    """Against the exact gradient, every draw of both rounds visited."""
    grads = []
    for text, batch in ((looped, 20000), (by_hand, 1)):
        made = model(f"@{SMALL}{text}")
        random = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for parameter in made.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=random) / 2)
        torch.manual_seed(1)
        made(x=torch.tensor([[0.4, -0.7]]).expand(batch, 2)).loss.backward()
        grads.append([p.grad for p in made.parameters()])
    for found, wanted in zip(*grads, strict=True):
        torch.testing.assert_close(found, wanted, atol=0.05, rtol=0)


UNDRAWN = """h = x
for r in range(2) {{ if {test} {{
  z ~ Categorical(logits = h @ W) prior uniform via score
  h <- h + z * w }} }}
net lo(a : real[2]) -> real[2] {{
  b = a
  if {test} {{ k ~ Categorical(logits = a @ W) via score
    b <- a + k }}
  return b }}
left = lo(h)
if {test} {{ q ~ Normal(mean = h, std = 1)
  h <- h + q }}
loss l = sum(h * w) + sum(left) + kl(z)
"""


@pytest.mark.parametrize(("test", "drawn"), [("not training", False), ("training", True)])
def test_a_node_that_is_not_drawn_is_none_and_costs_nothing(test: str, drawn: bool) -> None:
    made = model(f"@{SMALL}{UNDRAWN.format(test=test)}")
    x = torch.tensor([[0.4, -0.7]])
    out = made(x=x)
    out.loss.backward()
    assert all((field is not None) == drawn for field in (out.z, out.left_k, out.q))
    if not drawn:
        torch.testing.assert_close(out.l, (x * made.w).sum(-1) + x.sum(-1))
        torch.testing.assert_close(made.w.grad, x[0])
    assert (made.eval()(x=x).z is None) == drawn


MESSAGES = """dim V = 5
input h : real[V, 3]
input target : class(V)[V]
input tree : bool[V, V]
net message(dst, src : real[3]) -> real[4] {{ return tanh(linear(concat(dst, src), 4)) }}
m = propagate(message, dst = h, src = 2 * h, along = {along})
loss l = sum(m ^ 2)
"""


@pytest.mark.parametrize("along", ["tree", "onehot(target)", "where(tree, 1.0, 0.0)", "onehot(target) + 0"])
def test_messages_are_the_same_by_every_way(along: str) -> None:
    """Over all pairs with weights, along edges, and along pointers: the sum written out."""
    made = model("@" + MESSAGES.format(along=along))
    random = torch.Generator().manual_seed(0)
    h = torch.randn(3, 5, 3, generator=random, requires_grad=True)
    target = torch.randint(0, 5, (3, 5), generator=random)
    tree = torch.nn.functional.one_hot(target, 5).bool()
    given = {"h": h, "target": target, "tree": tree}
    out = made(**{n: v for n, v in given.items() if n in made.inputs and (n == "h" or n in along)})
    pairs = made.message(h.unsqueeze(-2).expand(3, 5, 5, 3), 2 * h.unsqueeze(-3).expand(3, 5, 5, 3))
    wanted = torch.einsum("buv,bvuk->bvk", tree.float(), pairs)
    torch.testing.assert_close(out.m, wanted)
    reached = [h, *made.parameters()]
    found = torch.autograd.grad(out.loss, reached)
    expected = torch.autograd.grad(wanted.square().sum((-1, -2)).mean(), reached)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
