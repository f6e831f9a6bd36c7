"""The gradient of the assembled loss is that of the expected cost, for every way to mix estimators."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

PROGRAM = """
param A : real[3] init normal(0, 1)
param B : real[3, 2] init normal(0, 1)
param D : real[2] init normal(0, 1)
param W : real[3, 2] init normal(0, 1)
input unused : real[1]

net second(row : real[2]) -> real[2] {{
  y ~ Categorical(logits = row) via {second}
  return y
}}
x ~ Categorical(logits = A) via {first}
y = second(x @ B)
w ~ Bernoulli(logits = D * (1 + y)) via {third}
both = x * (W @ y)
loss upper = sum(both) ^ 2 + sum(x @ B)
loss lower = sum(w * [D]) * sum(x @ W)
""".replace("w * [D]", "w * D")
BATCH = 6000


def exact(model: Any) -> dict[str, Tensor]:
    """The gradient of the expected costs, by summing over every outcome."""
    params = {n: p.detach().clone().requires_grad_() for n, p in model.named_parameters()}
    A, B, D, W = (params[n] for n in "ABDW")
    total = torch.zeros(())
    for i, j in product(range(3), range(2)):
        x, y = torch.eye(3)[i], torch.eye(2)[j]
        p = A.softmax(0)[i] * (x @ B).softmax(0)[j]
        total = total + p * ((x * (W @ y)).sum() ** 2 + (x @ B).sum())
        for bits in product((0.0, 1.0), repeat=2):
            w = torch.tensor(bits)
            on = (D * (1 + y)).sigmoid()
            q = (w * on + (1 - w) * (1 - on)).prod()
            total = total + p * q * (w * D).sum() * (x @ W).sum()
    total.backward()
    return {n: p.grad for n, p in params.items() if p.grad is not None}


def gradients(examples: Any, first: str, second: str, third: str, batch: int) -> tuple[Any, Any]:
    text = PROGRAM.format(first=first, second=second, third=third)
    model = examples.model(examples.compilation(text))
    torch.manual_seed(2)
    for value in model.parameters():
        torch.nn.init.normal_(value)
    torch.manual_seed(4)
    model(unused=torch.zeros(batch, 1)).loss.backward()
    return {n: p.grad for n, p in model.named_parameters()}, exact(model)


def test_enumeration_is_exact(examples: Any) -> None:
    found, wanted = gradients(examples, "enumerate", "enumerate", "enumerate", 2)
    torch.testing.assert_close(found, wanted)


WAYS = ("enumerate", "score", "score(samples = 5, baseline = leave_one_out)", "score(samples = 3)")


@pytest.mark.parametrize(("first", "second", "third"), [w for w in product(WAYS, repeat=3) if len({*w}) > 1])
def test_every_mixture_is_unbiased(examples: Any, first: str, second: str, third: str) -> None:
    found, wanted = gradients(examples, first, second, third, BATCH)
    for name, value in wanted.items():
        scale = value.abs().max().clamp_min(1)
        torch.testing.assert_close(found[name] / scale, value / scale, atol=0.12, rtol=0)


def test_moving_averages_belong_to_their_nodes(examples: Any) -> None:
    text = PROGRAM.format(first="score", second="score(baseline = moving_average)", third="enumerate")
    model = examples.model(examples.compilation(text))
    model(unused=torch.zeros(8, 1))
    assert model.y_y_baseline.seen > 0
    assert sum("baseline" in name for name, _ in model.named_modules()) == 1


def test_only_costs_downstream_weigh_a_node(examples: Any) -> None:
    compiled = examples.compilation(PROGRAM.format(first="score", second="score", third="score"))
    lines = [line.strip() for line in compiled.python.splitlines() if "scored(" in line]
    assert lines == [
        "cost = scored(lower, log_prob(q_w, w, plates=1))",
        "cost = scored(upper + cost, log_prob(y_q_y, y_y))",
        "loss = scored(cost, log_prob(q_x, x)).mean()",
    ]


@pytest.mark.parametrize("baseline", ["leave_one_out", "self_critical", "moving_average"])
def test_a_cost_behind_an_observed_node(examples: Any, baseline: str) -> None:
    """Where its value is given, what reads it does not know the draws above."""
    text = f"""
    input bits : bool[2]
    param A : real[2] init normal(0, 1)
    z ~ Bernoulli(logits = A) via score(samples = 2, baseline = {baseline})
    k ~ Bernoulli(logits = A * z) observe bits
    loss error = sum(k * A)
    """
    model = examples.model(examples.compilation(text))
    bits = torch.tensor([[True, False]] * 5)
    loss = model(bits=bits).loss
    torch.testing.assert_close(loss, model.A[0])
    if baseline != "moving_average":
        torch.testing.assert_close(torch.autograd.grad(loss, model.A)[0], torch.tensor([1.0, 0.0]))


def test_a_baseline_of_several_parts_leaves_them_whole(examples: Any) -> None:
    """Costs below one node that have different nodes above it are weighed one after the other."""
    text = """
    param A : real[2] init normal(0, 1)
    param D : real[] init normal(0, 1)
    input unused : real[1]
    x ~ Categorical(logits = A) via enumerate
    y ~ Bernoulli(logits = A[0] * x[0]) via enumerate
    z ~ Bernoulli(logits = A[1] * x[1]) via score(baseline = moving_average)
    w ~ Bernoulli(logits = y + z) via score
    loss one = w * D
    loss two = z * x[0]
    """
    compiled = examples.compilation(text)
    model = examples.model(compiled)
    torch.manual_seed(2)
    on, all_x = model.A.detach().softmax(0), torch.eye(2)
    wanted = torch.zeros(())
    for x, p in zip(all_x, on, strict=True):
        for y, z in product((0.0, 1.0), repeat=2):
            chance = p * bernoulli(model.A[0] * x[0], y) * bernoulli(model.A[1] * x[1], z)
            wanted = wanted + chance.detach() * torch.tensor(y + z).sigmoid()
    loss = model(unused=torch.zeros(20_000, 1)).loss
    found = torch.autograd.grad(loss, model.D)[0]
    torch.testing.assert_close(found, wanted, atol=0.03, rtol=0)


def bernoulli(logit: Tensor, value: float) -> Tensor:
    return logit.sigmoid() if value else 1 - logit.sigmoid()


def test_ends_of_a_support_that_are_drawn(examples: Any) -> None:
    """Score nodes between ends that no gradient moves, against the closed form."""
    text = """
    param a : real[] init constant(0.4)
    input unused : real[1]
    u ~ Bernoulli(logits = a) via score(samples = 2, baseline = leave_one_out)
    z ~ Uniform(low = u - 1, high = 2 * u + 1) via score
    w ~ Uniform(low = 0, high = 1) via score
    loss cost = z ^ 2 + (w - a) ^ 2
    """
    model = examples.model(examples.compilation(text)).double()
    torch.manual_seed(0)
    found = torch.stack(
        [torch.autograd.grad(model(unused=torch.zeros(20_000, 1)).loss, model.a)[0] for _ in range(10)]
    )
    on = torch.tensor(0.4).sigmoid().item()
    # E z^2 is 1 / 3 between -1 and 1, 3 between 0 and 3
    wanted = on * (1 - on) * (3 - 1 / 3) + 2 * (0.4 - 0.5)
    assert abs(found.mean().item() - wanted) < 7 * found.std().item() / 10**0.5 < 0.1
