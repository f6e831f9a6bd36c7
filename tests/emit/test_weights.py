"""Values with weights wherever a node may stand: in nets, mapped or called twice, on plates with masks,
beside observed nodes. With an estimator of two draws whose weights are random, with `enumerate`, and with
those that learn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from scgc.estimators import Estimator, draws, estimators
from scgc.runtime import log_prob
from scgc.runtime.masked import masked

PAIR = Estimator(
    signature="pair()",
    draw="pair",
    families=None,
    carries="weights",
    relaxed=False,
    biased=False,
    doc="Two draws.",
    cost="two draws",
    source="none",
)


def pair(q: Any, *, plates: int = 0, dims: int | None = None, mode: str) -> tuple[Tensor, Tensor | None]:
    """Two draws with a random share each, times the box of its log-probability."""
    if mode != "train":
        return q.mode if mode == "mode" else q.sample(), None
    missing = max(0, (0 if dims is None else dims) - len(q.batch_shape))
    z = q.sample((2,))
    z = z.reshape(2, *(1,) * missing, *z.shape[1:])
    lp = log_prob(q, z, plates)
    share = torch.rand_like(lp[:1])
    return z, torch.cat([share, 1 - share]) * (lp - lp.detach()).exp()


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    estimators()["pair"], draws()["pair"] = PAIR, pair
    yield
    del estimators()["pair"], draws()["pair"]


NETS = """
input x : real[2]
param A : real[3] init normal(0, 1)
param B : real[2] init normal(0, 1)
net one(u : real[]) -> real[] {{
  b ~ Bernoulli(logits = u) via {way}
  return 2 * b - 0.5
}}
net two(u : real[2]) -> real[] {{
  first = one(u[0])
  return first * sum(one(u + first))
}}
left = one(A[0])
right = two(B * left)
each = one(A)
loss error = (left + right) ^ 2 + sum(each * A) * left + 0 * sum(x)
"""
MASKS = """
dim N = 3
size n <= 4
input x : real[n]
input on : bool[N]
param A : real[N] init normal(0, 1)
param B : real[3] init normal(0, 1)
y ~ Bernoulli(logits = A) where on via {way}
w ~ Bernoulli(logits = A[2] * x) via {way}
loss error = sum(y * B) ^ 2 * (1 + sum(w)) + sum(w) ^ 2
"""
X = torch.tensor([[0.5, -1.0, 2.0], [1.0, 0.3, 9.0]], dtype=torch.float64)
LENGTHS = torch.tensor([3, 2])
ON = torch.tensor([[True, False, True], [True, True, False]])


def nets(A: Tensor, B: Tensor) -> Tensor:
    """By every value of the seven bits."""
    total = torch.zeros((), dtype=A.dtype)
    for bits in product((0.0, 1.0), repeat=7):
        b = torch.tensor(bits, dtype=A.dtype)
        v = 2 * b - 0.5
        left, first = v[0], v[1]
        logits = torch.cat([A[:1], (B * left)[:1], B * left + first, A])
        p = logits.sigmoid()
        chance = (b * p + (1 - b) * (1 - p)).prod()
        cost = (left + first * v[2:4].sum()) ** 2 + (v[4:] * A).sum() * left
        total = total + chance * cost
    return total


def masks(A: Tensor, B: Tensor) -> Tensor:
    total = torch.zeros((), dtype=A.dtype)
    for x, length, on in zip(X, LENGTHS, ON, strict=True):
        for bits in product((0.0, 1.0), repeat=6):
            b = torch.tensor(bits, dtype=A.dtype)
            p = torch.cat([A, A[2] * x]).sigmoid()
            chance = (b * p + (1 - b) * (1 - p)).prod()
            y, w = b[:3] * on, b[3 : 3 + int(length)]
            cost = (y * B).sum() ** 2 * (1 + w.sum()) + w.sum() ** 2
            total = total + chance * cost / len(X)
    return total


def compare(model: Any, batch: dict[str, Tensor], exactly: Any, rounds: int) -> None:
    """The mean gradients of so many passes with those of the expected cost."""
    torch.manual_seed(3)
    model.double()
    named = {n: p for n, p in model.named_parameters() if "." not in n}  # without an estimator's own
    for value in named.values():
        torch.nn.init.normal_(value)
    copies = {n: p.detach().clone().requires_grad_() for n, p in named.items()}
    wanted = torch.autograd.grad(exactly(**copies), list(copies.values()))
    found = [
        torch.cat([g.flatten() for g in torch.autograd.grad(model(**batch).loss, list(named.values()))])
        for _ in range(rounds)
    ]
    mean, exact = torch.stack(found).mean(0), torch.cat([w.flatten() for w in wanted])
    if rounds == 1:
        torch.testing.assert_close(mean, exact)
        return
    error = torch.stack(found).std(0) / rounds**0.5
    assert ((mean - exact).abs() <= 7 * error + 1e-9).all(), (mean - exact) / error
    assert (error < 0.2 * exact.abs().max()).all()


@pytest.mark.parametrize("way", ["enumerate", "pair", "rebar", "relax(hidden = 5)"])
def test_nets(examples: Any, way: str) -> None:
    model = examples.model(examples.compilation(NETS.format(way=way)))
    rounds, batch = (1, 2) if way == "enumerate" else (10, 10_000)
    compare(model, {"x": torch.zeros(batch, 2, dtype=torch.float64)}, nets, rounds)


@pytest.mark.parametrize("way", ["enumerate", "pair", "rebar"])
def test_masks(examples: Any, way: str) -> None:
    model = examples.model(examples.compilation(MASKS.format(way=way)))
    rounds, times = (1, 1) if way == "enumerate" else (10, 10_000)
    given = {"x": X, "n": LENGTHS, "on": ON}
    compare(model, {k: v.repeat(times, *(1,) * (v.dim() - 1)) for k, v in given.items()}, masks, rounds)


def test_no_axis_in_evaluation(examples: Any) -> None:
    model = examples.model(examples.compilation(NETS.format(way="pair"))).eval()
    out = model(x=torch.zeros(5, 2))
    assert out.left.shape == (5,)
    assert out.each.shape == (5, 3)
    assert out.loss.shape == ()


def test_an_observed_node_has_no_weights(examples: Any) -> None:
    text = """
    input x : real[3]
    input k : class(3)
    z ~ Categorical(logits = x |> linear(3)) via pair
    y ~ Categorical(logits = z |> linear(3)) observe k via pair
    loss error = nll(y)
    """
    model = examples.model(examples.compilation(text))
    out = model(x=torch.zeros(5, 3), k=torch.zeros(5, dtype=torch.long))
    assert out.z.shape == (2, 5, 3)
    assert out.y.shape == (5, 3)
    out.loss.backward()
    assert model.linear1.weight.grad is not None
    assert model(x=torch.zeros(5, 3)).loss is None


@pytest.mark.parametrize("relaxed", [False, True])
def test_an_index_wants_hard_values(examples: Any, relaxed: bool) -> None:
    text = """
    input x : real[3]
    param T : real[3]
    z ~ Categorical(logits = x |> linear(3)) via inside
    loss error = T[z]
    """
    estimators()["inside"] = PAIR.replace(signature="inside()", relaxed=relaxed)
    try:
        codes = [d.code for d in examples.compilation(text).diagnostics]
    finally:
        del estimators()["inside"]
    assert codes == (["SCG303"] if relaxed else [])


def test_what_is_masked_has_no_gradient() -> None:
    from scgc.runtime import Beta, Categorical, LogNormal, Normal

    where = torch.tensor([True, False])
    for family in (Beta, Normal, LogNormal, lambda a, b: Categorical(logits=torch.stack([a, b], -1))):
        a, b = torch.ones(4, 2, requires_grad=True), torch.ones(4, 2, requires_grad=True)
        q = masked(family(a, b), where)
        q.log_prob(q.sample()).sum().backward()
        for parameter in (a, b):
            assert parameter.grad is not None
            assert not parameter.grad[:, 1].any()
        assert a.grad[:, 0].abs().sum() > 0
