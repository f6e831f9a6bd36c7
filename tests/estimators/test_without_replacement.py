"""`without_replacement`: what it draws, weights that do not collapse, and gradients without bias."""

import math
from itertools import combinations, permutations, product
from typing import Literal

import pytest
import torch
import weighted
from evidence import assert_mean, rows
from graphs import A
from torch import Tensor

from scgc.estimators.without_replacement import beam_search
from scgc.runtime import Categorical, without_replacement

WAYS: list[dict[str, str]] = [
    {"weights": weights, "baseline": baseline}
    for weights in ("unordered", "ordered")
    for baseline in ("none", "built_in")
]


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(34)


def in_order(p: Tensor, chosen: tuple[int, ...]) -> float:
    """The probability of drawing these without replacement in this order."""
    found, left = 1.0, 1.0
    for i in chosen:
        found, left = found * float(p[i]) / left, left - float(p[i])
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_drawn(dtype: torch.dtype) -> None:
    """Every ordered pair of the 8 joint values of three bits has its probability."""
    n, table = 40_000, torch.randn(3, 2, dtype=torch.float64).log_softmax(-1)
    codes, times = beam_search(table.to(dtype).expand(n, 3, 2), 2)
    assert (times[:, 0] < times[:, 1]).all()
    assert abs(times[:, 0].mean() - 1) < 5 / n**0.5
    joint = (codes * torch.tensor([4, 2, 1])).sum(-1)
    p = torch.tensor(
        [float(sum(table[i, c] for i, c in enumerate(z))) for z in product((0, 1), repeat=3)]
    ).exp()
    for pair in permutations(range(8), 2):
        expected = in_order(p, pair)
        found = float((joint == torch.tensor(pair)).all(-1).double().mean())
        assert abs(found - expected) < 5 * math.sqrt(expected / n) + 1e-9


@pytest.mark.parametrize("k", [2, 3, 4])
def test_leave_one_out_ratios(k: int) -> None:
    """The integral gives p(s) R(S, s) as the sum over all orders does (Kool et al. 2020)."""
    logits = torch.tensor([0.1, 1.3, -0.8, 0.5, -5.0], dtype=torch.float64)
    p = logits.softmax(-1)
    z, weights = without_replacement(Categorical(logits=logits.expand(200, 5)), k=k, mode="train")
    found = {tuple(c.tolist()): w.tolist() for c, w in zip(z.argmax(-1).T, weights.T, strict=True)}
    sets = {tuple(sorted(chosen)) for chosen in found}
    assert len(sets) > 2 and sets <= set(combinations(range(5), k))
    for chosen, given in found.items():
        whole = sum(in_order(p, order) for order in permutations(chosen))
        for s, weight in zip(chosen, given, strict=True):
            first = sum(in_order(p, order) for order in permutations(chosen) if order[0] == s)
            assert weight == pytest.approx(first / whole, rel=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("way", WAYS)
def test_gradient(dtype: torch.dtype, way: dict[str, str]) -> None:
    weighted.check_bits(without_replacement, dtype, k=3, **way)
    weighted.check_categories(without_replacement, dtype, k=4, **way)


@pytest.mark.parametrize("k", [2, 8, 30])
def test_few_and_many(k: int) -> None:
    weighted.check_categories(without_replacement, k=k, n=4000 if k > 8 else 10_000)


@pytest.mark.parametrize("weights", ["unordered", "ordered"])
def test_several_nodes(weights: Literal["unordered", "ordered"]) -> None:
    """Of three categories two, of two both."""
    weighted.check_sequence(without_replacement, k=2, weights=weights)
    weighted.check_parallel(without_replacement, k=2, weights=weights)


def test_shapes_and_modes() -> None:
    weighted.check_shapes(without_replacement, k=5)
    weighted.check_modes(without_replacement, k=5)


@pytest.mark.parametrize("k", [64, 100])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_small_support_is_enumerated(k: int, dtype: torch.dtype) -> None:
    found = weighted.estimates(
        without_replacement,
        lambda x: Categorical(logits=x),
        rows(weighted.LOGITS, 3).to(dtype),
        weighted.cubic_cost,
        plates=1,
        k=k,
    )
    for estimate, exact in zip(found, weighted.cubic_gradient(), strict=True):
        torch.testing.assert_close(estimate, exact.expand_as(estimate), rtol=1e-5, atol=1e-5)


def test_all_but_one_value_is_nearly_enumerated() -> None:
    """What is left has the probability that the last value has, in float32 too."""
    for dtype in (torch.float32, torch.float64):
        logits = torch.tensor([3.0, 1.0, 0.0, -9.0, -30.0], dtype=dtype).expand(500, 5)
        z, weights = without_replacement(Categorical(logits=logits), k=4, mode="train")
        torch.testing.assert_close(weights.sum(0), torch.ones(500, dtype=dtype))
        usual = (z.argmax(-1) < 4).all(0)
        assert usual.any()
        p = (z * logits.softmax(-1)).sum(-1)
        torch.testing.assert_close(weights[:, usual], p[:, usual], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("scale", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_large_supports_do_not_collapse(scale: float, dtype: torch.dtype) -> None:
    """20 elements with 10 categories: log-probabilities near -40, where Storchastic's weights are all 0. They
    sum to 1, no draw is without one, and with equal odds they are equal."""
    logits = scale * torch.randn(200, 20, 10, dtype=dtype)
    q = Categorical(logits=logits)
    z, weights = without_replacement(q, plates=1, k=4, mode="train")
    if scale <= 1:
        assert q.log_prob(z).sum(-1).max() < -20
    torch.testing.assert_close(weights.sum(0), torch.ones(200, dtype=dtype), rtol=1e-4, atol=0)
    assert weights.min() > 0
    if scale == 0:
        torch.testing.assert_close(weights, torch.full_like(weights, 0.25), rtol=1e-4, atol=0)
    _, weights = without_replacement(q, plates=1, k=4, weights="ordered", mode="train")
    assert 0.7 < weights.sum(0).mean() < 1.3


def test_a_thousand_elements() -> None:
    """Prefixes whose probability is no float32 number: still draws of the distribution, with weights."""
    logits = torch.randn(3, 1000, 4, requires_grad=True)
    q = Categorical(logits=logits)
    z, weights = without_replacement(q, plates=1, k=3, mode="train")
    torch.testing.assert_close(weights.sum(0), torch.ones(3), rtol=1e-3, atol=0)
    # the log-probability of a draw is minus the entropy, within a standard deviation of about 0.7 an element
    surplus = (q.log_prob(z) + q.entropy()).sum(-1)
    assert surplus.abs().max() < 5 * 0.7 * 1000**0.5
    (weights * z[..., 0].sum(-1)).sum().backward()
    assert logits.grad.isfinite().all() and logits.grad.abs().max() > 0.01


@pytest.mark.parametrize("weights", ["unordered", "ordered"])
def test_gradient_of_a_large_support(weights: Literal["unordered", "ordered"]) -> None:
    """A cost linear in 20 x 10 categories, whose gradient is p (c - p . c) row by row."""
    n, logits, costs = 4000, torch.randn(20, 10), torch.randn(20, 10)
    parameter = logits.expand(n, 20, 10)
    value, gradient = weighted.estimates(
        without_replacement,
        lambda x: Categorical(logits=x),
        parameter,
        lambda z: (z * costs).sum((-1, -2)),
        plates=1,
        k=4,
        weights=weights,
    )
    p = logits.softmax(-1)
    exact = p * (costs - (p * costs).sum(-1, keepdim=True))
    error = gradient.std(0) / n**0.5
    assert ((gradient.mean(0) - exact).abs() < 5 * error).all()
    assert torch.cosine_similarity(gradient.mean(0).flatten(), exact.flatten().double(), 0) > 0.97
    assert abs(value.mean() - (p * costs).sum()) < 5 * value.std() / n**0.5
    plain = weighted.score_gradient(
        lambda x: Categorical(logits=x), parameter, lambda z: (z * costs).sum((-1, -2)), 4, plates=1
    )
    spread = (gradient.var(0) + plain.var(0)) / n
    assert ((gradient.mean(0) - plain.mean(0)).abs() < 5 * spread.sqrt()).all()


def test_less_noise() -> None:
    """Than as many draws of the score function with a leave-one-out baseline (Kool et al. 2020)."""
    problem = (lambda x: Categorical(logits=x), rows(1.5 * weighted.LOGITS, 20_000), weighted.cubic_cost)
    bare, compared = (
        weighted.noise(weighted.estimates(without_replacement, *problem, plates=1, k=8, baseline=word)[1])
        for word in ("none", "built_in")
    )
    plain = weighted.score_gradient(*problem, 8, plates=1, compared=True)
    assert compared < bare
    assert compared < 0.5 * weighted.noise(plain)


def test_a_constant_cost_has_no_gradient() -> None:
    """The built-in baseline takes all of it away, whatever is drawn."""
    logits = torch.randn(100, 4, 5, dtype=torch.float64, requires_grad=True)
    _, weights = without_replacement(Categorical(logits=logits), plates=1, k=4, mode="train")
    (7 * weights).sum().backward()
    assert logits.grad.abs().max() < 1e-9


def test_masked_categories() -> None:
    """Those with the logits of padding are drawn only where nothing else is left, and weigh nothing."""
    logits = torch.tensor([0.5, -1e9, 1.0, -1e9]).expand(300, 4).clone().requires_grad_()
    z, weights = without_replacement(Categorical(logits=logits), k=3, mode="train")
    (weights * (z @ torch.tensor([1.0, 50.0, 2.0, 90.0]))).sum(0).sum().backward()
    p = A.new_tensor([0.5, 1.0]).softmax(0).float()
    exact = torch.tensor([1.0, -1.0]) * p.prod() * (1 - 2)
    assert logits.grad.isfinite().all()
    torch.testing.assert_close(logits.grad[:, [0, 2]], exact.expand(300, 2), rtol=1e-4, atol=1e-5)
    assert_mean(weights.sum(0)[:, None].double() + 1e-9 * torch.randn(300, 1), torch.ones(1).double())


def test_extremes() -> None:
    weighted.check_extremes(without_replacement, k=2)
    weighted.check_extremes(without_replacement, k=2, weights="ordered")
