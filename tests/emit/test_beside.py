"""Values beside a node's draws: computed apart, they give the derivatives of the program that computes all
values together, where the estimator needs them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from scgc.emit.homes import Homes
from scgc.emit.load import load_source, model_class
from scgc.pipeline import Compilation
from scgc.source import Source

PROGRAM = """
input x : real[3]
input seen : class(2)
param a : real[3, 4] init normal(0, 1)
param c : real[4] init normal(0, 1)
param d : real[] init normal(0, 1)
h = tanh(x @ a)
z ~ {family}(logits = h) via {via}
p = {family}(logits = h * d)
k ~ Categorical(logits = stack(sum(z * c), d)) observe seen
loss shape = (sum(z * c) + sum(h * z)) ^ 2
loss fit   = nll(k) + 0.1 * log_prob(p, z)
loss kept  = sum(k) * d  # k hangs on z, but is what was seen
loss plain = sum(h)
"""
X = torch.tensor([[0.3, -1.0, 0.6], [1.0, 0.2, -0.4]], dtype=torch.float64)
COMPARED = (
    "arm",
    "arm(samples = 2)",
    "arm(reference = one)",
    "measure_valued",
    "measure_valued(samples = 2)",
)


def model(text: str) -> Any:
    torch.manual_seed(3)
    python = Compilation(Source("beside.scg", text), None, {}).python
    return model_class(load_source(python, "beside"))().double().train()


def both(monkeypatch: pytest.MonkeyPatch, text: str) -> list[Any]:
    """The model, and the one that computes all values together, of the same parameters."""
    apart = model(text)
    with monkeypatch.context() as patch:
        patch.setattr(Homes, "below", {})
        together = model(text)
    assert hasattr(apart, "below_z") and not hasattr(together, "below_z")
    together.load_state_dict(apart.state_dict())
    return [apart, together]


def derivatives(model: Any, names: tuple[str, ...]) -> list[Tensor]:
    """The loss, its gradient, and the gradient of the gradient's square."""
    torch.manual_seed(5)
    leaves = [dict(model.named_parameters())[n] for n in names]
    loss = model(x=X, seen=torch.tensor([0, 1])).loss
    first = torch.autograd.grad(loss, leaves, create_graph=True)
    second = torch.autograd.grad(sum(g.square().sum() for g in first), leaves)
    once = torch.autograd.grad(_again(model), leaves)
    return [loss, *first, *second, *once]


def _again(model: Any) -> Tensor:
    """The loss for a pass without a second derivative."""
    torch.manual_seed(5)
    found: Tensor = model(x=X, seen=torch.tensor([0, 1])).loss
    return found


@pytest.mark.parametrize("family", ["Categorical", "Bernoulli"])
@pytest.mark.parametrize("via", COMPARED)
def test_compared(family: str, via: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All derivatives by all parameters, also of what follows the node."""
    apart, together = both(monkeypatch, PROGRAM.format(family=family, via=via))
    names = ("a", "c", "d")
    for found, wanted in zip(derivatives(apart, names), derivatives(together, names), strict=True):
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("family", ["Categorical", "Bernoulli"])
def test_subtracted(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those by what the node's distribution is made of, and the steps of what the estimator learns. What
    follows the node learns the same: its derivatives at both relaxed draws, which are equal, cancel."""
    text = PROGRAM.format(family=family, via="rebar").replace("+ sum(h * z)", "")
    apart, together = both(monkeypatch, text.replace(" + 0.1 * log_prob(p, z)", ""))
    names = ("a", "z_rebar.log_tau", "z_rebar.eta")
    torch.manual_seed(5)
    for found, wanted in zip(derivatives(apart, names), derivatives(together, names), strict=True):
        torch.testing.assert_close(found, wanted)
    found, wanted = (torch.autograd.grad(_again(m), m.c)[0] for m in (apart, together))
    torch.testing.assert_close(found, wanted)


OTHER = """
param a : real[3] init normal(0, 1)
z ~ Bernoulli(logits = a) via measure_valued
{rest}
loss l = sum({read})
"""


@pytest.mark.parametrize(
    ("rest", "read"),
    [
        ("w ~ Bernoulli(logits = z) via score", "w"),
        ("w = dropout(z, 0.5)", "w"),
        ("w = z\nfor i in range(2) { w <- w * z }", "w"),
        ("net f(h : real[]) -> real[] { k ~ Bernoulli(logits = h) via score\n return k }\nw = f(z)", "w"),
    ],
    ids=["another node", "dropout", "a loop", "a net that draws"],
)
def test_values_stay_together(rest: str, read: str) -> None:
    """Where what follows is random, or a loop."""
    made = model(OTHER.format(rest=rest, read=read))
    assert not hasattr(made, "below_z")
    made(batch=2).loss.backward()
    assert made.a.grad is not None


def test_what_follows_runs_backwards_once() -> None:
    """The costs of compared values are numbers: no graph is kept, and none is computed."""
    made = model(PROGRAM.format(family="Categorical", via="measure_valued"))
    calls = []
    below = made.below_z
    type(made).below_z = lambda self, *given: (calls.append(torch.is_grad_enabled()), below(*given))[1]
    _again(made).backward()
    assert calls == [False]
