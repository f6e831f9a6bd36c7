"""Messages along the edges of sampled graphs, whose values come with weights: exact against enumeration."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot, softplus

PROGRAM = """
input x : real[3, 2]
param A : real[3, 3] init normal(0, 1)
param W : real[2, 2] init normal(0, 1)
net message(to, sender : real[2]) -> real[2] {{ return tanh(W @ sender + 0.5 * to) }}
e ~ {family}(logits = A + 0.1 * (x @ transpose(x))) via {way}
y = propagate(message, dst = x, src = x, along = e)
loss cost = sum(y * x) ^ 2 + sum(y[0])
"""
X = torch.tensor([[[0.5, -1.0], [1.0, 0.3], [-0.4, 0.8]], [[0.2, 1.5], [-1.0, 0.6], [0.7, 0.1]]]).double()
WAYS = (
    "enumerate",
    "disarm",
    "arm",
    "measure_valued",
    "without_replacement",
    "rao_blackwell(samples = 2)",
    "importance(samples = 3, explore = 0.2)",
    "rebar",
    "relax(hidden = 5)",
    "score(samples = 3, baseline = leave_one_out)",
)


def graphs(family: str) -> Tensor:
    """All graphs of three nodes, [G, from, to]: one edge from each, or any edges."""
    if family == "Categorical":
        return one_hot(torch.tensor(list(product(range(3), repeat=3))), 3).double()
    return torch.tensor(list(product((0.0, 1.0), repeat=9))).double().reshape(-1, 3, 3)


def exact(family: str, A: Tensor, W: Tensor) -> Tensor:
    total, e = torch.zeros((), dtype=A.dtype), graphs(family)
    for x in X:
        logits = A + 0.1 * (x @ x.T)
        if family == "Categorical":
            lp = (logits.log_softmax(-1) * e).sum((-2, -1))
        else:
            lp = -softplus(torch.where(e > 0, -logits, logits)).sum((-2, -1))
        messages = ((x @ W.T)[:, None] + 0.5 * x[None]).tanh()  # [from, to, 2]
        y = (e[..., None] * messages).sum(1)
        total = total + (lp.exp() * ((y * x).sum((-2, -1)) ** 2 + y[:, 0].sum(-1))).sum() / len(X)
    return total


@pytest.mark.parametrize("family", ["Categorical", "Bernoulli"])
@pytest.mark.parametrize("way", WAYS)
def test_the_mean_is_exact(examples: Any, way: str, family: str) -> None:
    model = examples.model(examples.compilation(PROGRAM.format(way=way, family=family))).double()
    torch.manual_seed(2)
    named = {n: p for n, p in model.named_parameters() if "." not in n}
    for value in named.values():
        torch.nn.init.normal_(value)
    copies = {n: p.detach().clone().requires_grad_() for n, p in named.items()}
    value = exact(family, **copies)
    gradients = torch.autograd.grad(value, list(copies.values()))
    wanted = torch.cat([value.detach().reshape(1), *(g.flatten() for g in gradients)])
    rounds, times = (1, 1) if way == "enumerate" else (10, 1000)
    found = []
    for _ in range(rounds):
        loss = model(x=X.repeat(times, 1, 1)).loss
        gradients = torch.autograd.grad(loss, list(named.values()))
        found.append(torch.cat([loss.detach().reshape(1), *(g.flatten() for g in gradients)]))
    each = torch.stack(found)
    if rounds == 1:
        torch.testing.assert_close(each[0], wanted)
        return
    error = each.std(0) / rounds**0.5
    assert ((each.mean(0) - wanted).abs() <= 7 * error + 1e-9).all(), (each.mean(0) - wanted) / error
    assert (error < 0.15 * wanted.abs().max()).all(), error / wanted.abs().max()


OUTSIDE = {
    "a_parameter": ("", "W @ sender + 0.5 * to"),
    "a_parameter_beside_a_layer": ("", "W @ linear(sender, 2) + 0.5 * to"),
    "a_value": ("v = W @ W", "linear(sender, 2) @ v + 0.5 * to"),
    "a_value_in_a_function": ("v = W @ W", "sender @ v + 0.5 * to"),
    "a_schedule": ("schedule up = 1 + exp(-0.1 * t)", "linear(sender, 2) * up + W @ to"),
    "a_net": (
        "net inner(a : real[2]) -> real[2] { return linear(a, 2) }",
        "linear(inner(sender), 2) + W @ to",
    ),
    "a_net_that_reads": ("net inner(a : real[2]) -> real[2] { return W @ a }", "linear(inner(sender), 2)"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_a_message_reads_from_outside(examples: Any, name: str) -> None:
    """Along relaxed edges, where messages are computed once more for the gradient: with the same noise it is
    that of finite differences, and so is its own derivative."""
    before, inside = OUTSIDE[name]
    text = PROGRAM.format(family="Bernoulli", way="gumbel_softmax").replace("W @ sender + 0.5 * to", inside)
    text = text.replace("net message", f"{before}\nnet message")
    model = examples.model(examples.compilation(text)).double().train()
    params = list(model.parameters())
    directions = [torch.randn_like(p) for p in params]

    def moved(step: float) -> Tensor:
        """The loss, its derivative and its second derivative along the directions."""
        for p, d in zip(params, directions, strict=True):
            p.data += step * d
        torch.manual_seed(3)
        loss = model(x=X).loss
        found = torch.stack([loss.detach(), *slopes(loss, params, directions)])
        for p, d in zip(params, directions, strict=True):
            p.data -= step * d
        return found

    value = moved(0.0)
    differences = (moved(1e-5) - moved(-1e-5)) / 2e-5
    torch.testing.assert_close(value[1:], differences[:-1], atol=1e-6, rtol=1e-5)
    loss = model(x=X).loss
    assert all(g.any() for g in torch.autograd.grad(loss, params))


def slopes(loss: Tensor, params: list[Tensor], directions: list[Tensor]) -> list[Tensor]:
    """The first and the second derivative along directions."""
    found = []
    for _ in range(2):
        gradients = torch.autograd.grad(loss, params, create_graph=True)
        loss = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))
        found.append(loss.detach())
    return found


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("family", ["Categorical", "Bernoulli"])
def test_along_the_edges_alone(examples: Any, name: str, family: str) -> None:
    before, inside = OUTSIDE[name]
    text = PROGRAM.format(family=family, way="score").replace("W @ sender + 0.5 * to", inside)
    text = text.replace("net message", f"{before}\nnet message")
    model = examples.model(examples.compilation(text)).double().train()
    assert all(g.any() for g in torch.autograd.grad(model(x=X).loss, list(model.parameters())))
