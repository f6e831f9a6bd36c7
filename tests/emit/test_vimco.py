"""`vimco`: exact for multi-sample bounds, of less variance than score alone, refused where elements mix."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from scgc.runtime import without_each

PROGRAM = """
dim K = 3
dim D = 2
input x : real[D]
param A : real[D] init normal(0, 1)
param B : real[D] init normal(0, 1)
param C : real[D] init normal(0, 1)
fn weight(z, h, x : real[D]) -> real[] {{
  return log_prob(Normal(mean = B * z + A[0], std = 1), x) + sum(A * z) - log_prob(Bernoulli(logits = h), z)
}}
h = C * x
z ~ Bernoulli(logits = expand(h, K, D)) via {way}
v = weight(z, h, x)
loss bound = -log_mean_exp(v)
loss other = log_mean_exp(sum(z, axis = 1) * v / 2)
"""
X = torch.tensor([[0.5, -1.2], [1.5, 0.3]], dtype=torch.float64)


def exact(A: Tensor, B: Tensor, C: Tensor) -> Tensor:
    """The mean loss, by every value of the six bits."""
    bits = torch.tensor(list(product((0.0, 1.0), repeat=6)), dtype=A.dtype).reshape(64, 1, 3, 2)
    h = (C * X)[:, None]
    lp = -torch.nn.functional.softplus(torch.where(bits > 0, -h, h)).sum(-1)
    normal = torch.distributions.Normal(B * bits + A[0], 1.0).log_prob(X[:, None]).sum(-1)
    v = normal + (A * bits).sum(-1) - lp
    cost = -(v.logsumexp(-1) - torch.tensor(3.0).log())
    cost = cost + (bits.sum(-1) * v / 2).logsumexp(-1) - torch.tensor(3.0).log()
    return (lp.sum(-1).exp() * cost).sum(0).mean()


def made(examples: Any, way: str) -> tuple[Any, dict[str, Tensor]]:
    model = examples.model(examples.compilation(PROGRAM.format(way=way))).double()
    torch.manual_seed(6)
    for value in model.parameters():
        torch.nn.init.normal_(value)
    return model, dict(model.named_parameters())


def estimates(model: Any, n: int, rounds: int) -> Tensor:
    found = []
    for _ in range(rounds):
        loss = model(x=X.repeat(n, 1)).loss
        grads = torch.autograd.grad(loss, list(model.parameters()))
        found.append(torch.cat([g.flatten() for g in grads]))
    return torch.stack(found)


def test_the_mean_is_exact(examples: Any) -> None:
    model, named = made(examples, "vimco")
    copies = {n: p.detach().clone().requires_grad_() for n, p in named.items()}
    value = exact(**copies)
    wanted = torch.cat([g.flatten() for g in torch.autograd.grad(value, list(copies.values()))])
    each = estimates(model, 5000, 10)
    error = each.std(0) / 10**0.5
    assert ((each.mean(0) - wanted).abs() <= 7 * error + 1e-9).all()
    assert (error < 0.1 * wanted.abs().max()).all()
    torch.testing.assert_close(model(x=X.repeat(20_000, 1)).loss, value, rtol=0.02, atol=0.02)


def test_second_derivatives(examples: Any) -> None:
    model, named = made(examples, "vimco")

    def twice(loss: Tensor, params: list[Tensor]) -> Tensor:
        first = torch.autograd.grad(loss, params, create_graph=True)
        slope = torch.cat([g.flatten() for g in first]).sum()
        return torch.cat([g.flatten() for g in torch.autograd.grad(slope, params)])

    copies = {n: p.detach().clone().requires_grad_() for n, p in named.items()}
    wanted = twice(exact(**copies), list(copies.values()))
    params = list(named.values())
    each = torch.stack([twice(model(x=X.repeat(5000, 1)).loss, params) for _ in range(10)])
    error = each.std(0) / 10**0.5
    assert ((each.mean(0) - wanted).abs() <= 7 * error + 1e-9).all()
    assert (error < 0.2 * wanted.abs().max()).all()


def test_the_variance_is_below_that_of_score(examples: Any) -> None:
    ours, plain = (estimates(made(examples, way)[0], 5, 300).var(0) for way in ("vimco", "score"))
    assert ours[-2:].sum() < 0.5 * plain[-2:].sum()


def test_without_each() -> None:
    v = torch.tensor([[1.0, -2.0, 0.5]])
    by_hand = []
    for j in range(3):
        others = [float(v[0, i]) for i in range(3) if i != j]
        by_hand.append(torch.tensor([*others, sum(others) / 2]).exp().mean().log())
    torch.testing.assert_close(without_each(v), torch.stack(by_hand)[None])


NODE = "input x : real[4]\nparam W : real[4, 2]\nz ~ Bernoulli(logits = {logits}) via vimco\n"
PLATE = NODE.format(logits="expand(x, 3, 4)")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (PLATE + "loss c = -log_mean_exp(sum(z, axis = 1))", []),
        (PLATE + "loss c = -log_mean_exp(sum(z * x, axis = 1) - 1)", []),
        (PLATE + "loss c = log_mean_exp(sum(relu(z @ W), axis = 1), axis = 0)", []),
        (PLATE + "loss c = sum(z)", ["SCG318"]),
        (PLATE + "loss c = log_mean_exp(sum(z, axis = 0))", ["SCG318"]),
        (PLATE + "loss c = log_mean_exp(sum(z, axis = 1) * sum(z))", ["SCG318"]),
        (PLATE + "loss c = log_mean_exp(softmax(sum(z, axis = 1)))", ["SCG318"]),
        (PLATE + "loss c = log_mean_exp(sum(z, axis = 1) * z[0, 0])", ["SCG318"]),
        (PLATE + "loss c = log_mean_exp(cumsum(sum(z, axis = 1)))", ["SCG318"]),
        (PLATE + "loss c = log_mean_exp(sum(cumsum(z, axis = 0), axis = 1))", ["SCG318"]),
        (PLATE + "loss c = log_mean_exp(sum(cumsum(z, axis = 1), axis = 1))", []),
        (PLATE + "loss c = log_mean_exp(sum(permute_batch(z), axis = 1))", ["SCG318"]),
        (PLATE + "y ~ Bernoulli(logits = z) via score\nloss c = log_mean_exp(sum(y, axis = 1))", []),
        (PLATE + "y ~ Bernoulli(logits = z) via rebar\nloss c = log_mean_exp(sum(y, axis = 1))", ["SCG318"]),
        (PLATE + "loss c = 2 * log_mean_exp(sum(z, axis = 1))", ["SCG318"]),
        (NODE.format(logits="sum(x)") + "loss c = sum(z)", ["SCG319"]),
        (NODE.format(logits="x[:1]") + "loss c = log_mean_exp(z)", ["SCG319"]),
    ],
)
def test_what_is_a_bound(examples: Any, text: str, codes: list[str]) -> None:
    found = [d.code for d in examples.compilation(text).diagnostics if d.severity == "error"]
    assert found == codes
