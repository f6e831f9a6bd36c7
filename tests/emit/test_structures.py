"""Programs with subsets and trees: the gradient of the loss is that of the expected cost, by enumeration."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

PROGRAM = """
param A : real[4] init normal(0, 1)
param W : real[3, 3] init normal(0, 1)
input x : real[3, 2]
input c : real[4]
net message(dst, src : real[2]) -> real[2] {{ return dst * src + src }}
s ~ TopK(A, k = 2) via {subset}
t ~ Arborescence(W) prior Arborescence(zeros(3, 3)) via {tree}
m = propagate(message, dst = x, src = x, along = t, where = arange(3) > 0)
loss distance = (sum(s * c) + sum(m[0]) + 2 * sum(m[1])) {power}
loss rate = kl(t)
"""
BATCH = 1000
X = torch.tensor([[1, 2], [-1, 0.5], [0.3, -2]])
C = torch.tensor([1, -2, 0.5, 3])


def exact(model: Any, power: int) -> dict[str, Tensor]:
    A, W = (p.detach().clone().requires_grad_() for p in (model.A, model.W))
    chosen = [torch.tensor([float(i in c) for i in range(4)]) for c in combinations(range(4), 2)]
    parents = [p for p in product(range(3), range(3)) if p in ((0, 0), (0, 1), (2, 0))]
    trees = [one_hot(torch.tensor([0, *p]), 3).float() for p in parents]
    ps = torch.stack([(s * A).sum() for s in chosen]).softmax(0)
    pt = torch.stack([(t * W)[1:].sum() for t in trees]).softmax(0)
    total = (pt * (pt * 3).log()).sum()
    for (i, s), (j, t) in product(enumerate(chosen), enumerate(trees)):
        m = torch.stack(
            [sum((t[u, v] * (X[v] * X[u] + X[u]) for u in (1, 2)), torch.zeros(2)) for v in range(3)]
        )
        cost = (s * C).sum() + m[0].sum() + 2 * m[1].sum()
        total = total + ps[i] * pt[j] * cost**power
    total.backward()
    assert A.grad is not None and W.grad is not None
    return {"A": A.grad, "W": W.grad, "loss": total.detach()}


@pytest.mark.parametrize(
    ("subset", "tree", "power"),
    [
        ("score(samples = 4, baseline = leave_one_out)", "score(samples = 4)", 2),
        ("score", "score(baseline = moving_average)", 2),
        ("straight_through", "straight_through", 1),
        ("straight_through", "score(samples = 8, baseline = leave_one_out)", 1),
    ],
)
def test_gradient(subset: str, tree: str, power: int, examples: Any) -> None:
    """By score for any cost, by straight_through for one that is linear in both."""
    torch.manual_seed(0)
    text = PROGRAM.format(subset=subset, tree=tree, power=f"^ {power}" if power > 1 else "")
    model = examples.model(examples.compilation(text))
    for value in model.parameters():
        torch.nn.init.normal_(value, std=0.7)
    found: list[dict[str, Tensor]] = []
    for seed in range(20):
        torch.manual_seed(seed)
        model.zero_grad()
        loss = model(x=X.expand(BATCH, 3, 2), c=C.expand(BATCH, 4)).loss
        loss.backward()
        found.append({"A": model.A.grad.clone(), "W": model.W.grad.clone(), "loss": loss.detach()})
    for name, wanted in exact(model, power).items():
        draws = torch.stack([f[name] for f in found])
        error = draws.std(0) / len(found) ** 0.5
        assert ((draws.mean(0) - wanted).abs() <= 5 * error + 1e-5).all(), name
        assert (error <= 0.2 * wanted.abs().max() + 1e-6).all(), name
