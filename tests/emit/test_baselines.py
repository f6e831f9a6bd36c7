"""Baselines that the loss brings: the cost at the mode, and values that are fitted to the costs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

VALUED = """
input x : real[2]
param A : real[2, 3] init normal(0, 1)
param W : real[3] init normal(0, 1)
param b : real[] init normal(0, 1)
net value(h : real[3]) -> real[] {{ return linear(h, 1)[0] }}
h = x @ A
z ~ Categorical(logits = h) via score(baseline = {baseline}{more})
loss error = sum(z * W) ^ 2 + sum(h) * sum(z * W)
"""
X = torch.tensor([[0.5, -1.0], [1.0, 0.3]])


def exact(A: Tensor, W: Tensor) -> Tensor:
    h = X.to(A.dtype) @ A
    costs = W**2 + h.sum(-1, keepdim=True) * W
    return (h.softmax(-1) * costs).sum(-1).mean()


def made(examples: Any, baseline: str, more: str = "") -> Any:
    model = examples.model(examples.compilation(VALUED.format(baseline=baseline, more=more))).double()
    torch.manual_seed(4)
    for value in model.parameters():
        torch.nn.init.normal_(value)
    return model


def gradients(model: Any, n: int) -> dict[str, Tensor]:
    model.zero_grad()
    model(x=X.double().repeat(n, 1)).loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


WAYS = [("value(h)", ""), ("value(h) * b", ", samples = 3"), ("self_critical", ", samples = 2"), ("h[1]", "")]


@pytest.mark.parametrize(("baseline", "more"), WAYS)
def test_the_gradient_is_exact(examples: Any, baseline: str, more: str) -> None:
    """Of the program's own parameters: the fit reaches none of them."""
    model = made(examples, baseline, more)
    copies = {n: getattr(model, n).detach().clone().requires_grad_() for n in ("A", "W")}
    wanted = dict(zip(copies, torch.autograd.grad(exact(**copies), list(copies.values())), strict=True))
    rounds = [gradients(model, 10_000) for _ in range(10)]
    for name, value in wanted.items():
        each = torch.stack([r[name] for r in rounds])
        error = each.std(0) / len(rounds) ** 0.5
        assert ((each.mean(0) - value).abs() <= 7 * error + 1e-9).all()
        assert (error < 0.1 * value.abs().max()).all()


def test_the_value_is_the_cost(examples: Any) -> None:
    model = made(examples, "value(h)")
    out = model(x=X.double())
    torch.testing.assert_close(out.loss, out.error.mean())
    greedy = made(examples, "self_critical")
    out = greedy(x=X.double())
    assert out.z.shape == (2, 2, 3)
    torch.testing.assert_close(out.z[1], torch.nn.functional.one_hot(out.h.argmax(-1), 3).double())
    torch.testing.assert_close(out.loss, out.error[0].mean())


def test_a_value_is_fitted_to_the_costs(examples: Any) -> None:
    """Its parameters follow the squared error alone, and it lowers the variance."""
    model = made(examples, "value(h)")
    before = torch.stack([gradients(model, 5)["A"] for _ in range(300)]).var(0).sum()
    own = list(model.value.parameters())
    optimizer = torch.optim.Adam(own, lr=0.05)
    for _ in range(300):
        gradients(model, 50)
        optimizer.step()
    with torch.no_grad():
        h = X.double() @ model.A
        costs = (h.softmax(-1) * (model.W**2 + h.sum(-1, keepdim=True) * model.W)).sum(-1)
        torch.testing.assert_close(model.value(h), costs, atol=0.3, rtol=0.1)
    after = torch.stack([gradients(model, 5)["A"] for _ in range(300)]).var(0).sum()
    assert after < 0.9 * before
    torch.manual_seed(1)
    found = gradients(model, 5)["value.linear.bias"]
    torch.manual_seed(1)
    out = model(x=X.double().repeat(5, 1))
    error = (out.error.detach() - model.value(out.h.detach())).square().mean()
    torch.testing.assert_close(torch.autograd.grad(error, model.value.linear.bias)[0], found)


def test_no_warning_of_what_only_a_baseline_trains(examples: Any) -> None:
    text = VALUED.format(baseline="value(h) * b", more="")
    assert not list(examples.compilation(text).diagnostics)
    apart = VALUED.format(baseline="h[0]", more="") + "metric guess = value(h) * b"
    told = list(examples.compilation(apart).diagnostics)
    assert [(d.code, d.name) for d in told] == [("SCG406", "b"), ("SCG406", "value")]


@pytest.mark.parametrize("baseline", ["0.5", "3", "level", "k", "2 * k", "u[0]"])
def test_any_number_in_a_net(examples: Any, baseline: str) -> None:
    text = f"""
    input x : real[3]
    param k : real[]
    schedule level = 0.1 * t
    net pick(u : real[3]) -> real[3] {{
      z ~ Categorical(logits = linear(u, 3)) via score(baseline = {baseline})
      return z
    }}
    loss error = sum(pick(x) * x) ^ 2 + 0 * level
    """
    compiled = examples.compilation(text)
    assert "SCG406" not in [d.code for d in compiled.diagnostics]
    model = examples.model(compiled)
    model(x=torch.randn(5, 3)).loss.backward()
    assert (model.k.grad is not None) == ("k" in baseline)


def test_in_a_net_that_is_mapped(examples: Any) -> None:
    text = """
    input x : real[4, 3]
    net value(h : real[3]) -> real[] { return linear(h, 1)[0] }
    net pick(u : real[3]) -> real[3] {
      h = linear(u, 3)
      z ~ Categorical(logits = h) via score(baseline = value(u))
      return z
    }
    y = pick(x)
    loss error = sum(y * x) ^ 2
    """
    model = examples.model(examples.compilation(text))
    model(x=torch.randn(5, 4, 3)).loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


SCOPE = """
input x : real[3]
param b : real[] init normal(0, 1)
net value(h : real[3]) -> real[] {{ return linear(h, 1)[0] }}
before ~ Categorical(logits = x) via score
beside ~ Categorical(logits = -x) via score
z ~ Categorical(logits = x + before) via score(baseline = {baseline})
after = z * x
loss error = sum(z * x) ^ 2 + sum(before * beside) + 0 * sum(after)
"""


@pytest.mark.parametrize(
    ("baseline", "codes"),
    [
        ("value(x)", []),
        ("value(x + before)", []),
        ("value(before * beside) + b", []),
        ("value(z)", ["SCG317"]),
        ("value(x) + 0.1 * value(before - z)", ["SCG317"]),
        ("b * z[0]", ["SCG317"]),
        ("value(after)", ["SCG103"]),
    ],
)
def test_what_a_network_may_read(examples: Any, baseline: str, codes: list[str]) -> None:
    """What is known before the draw, other draws too; nothing that the node influences."""
    compiled = examples.compilation(SCOPE.format(baseline=baseline))
    assert [d.code for d in compiled.diagnostics if d.severity == "error"] == codes


def test_a_draw_that_comes_back_in_a_loop(examples: Any) -> None:
    """The next round's baseline would read what this round's draw has changed."""
    text = """
    input x : real[3]
    net value(h : real[3]) -> real[] { return linear(h, 1)[0] }
    h = x
    for r in range(2) {
      z ~ Categorical(logits = h) via score(baseline = value(h))
      h <- h + z
    }
    loss error = sum(h * x) ^ 2
    """
    found = [d.code for d in examples.compilation(text).diagnostics if d.severity == "error"]
    assert found == ["SCG317"]
