"""What is asked of every estimator that hands out values with weights: sum_s weights[s] * cost(values[s]) and
its gradient have the expectation of the cost and its gradient, found by enumeration."""

from collections.abc import Callable
from itertools import product
from typing import Any

import torch
from evidence import assert_mean, rows
from graphs import A, B, joint_cost, lookup, parallel_gradients, plate_gradient, sequence_gradients
from torch import Tensor

from scgc.runtime import Bernoulli, Categorical, log_prob

N = 20_000
LOGITS = torch.tensor(
    [[0.5, -1.0, 0.2, 1.4], [0.0, 0.3, -0.6, 0.9], [2.0, -0.5, 0.1, 0.4]], dtype=torch.float64
)
"""Three elements with four categories each."""
COSTS = torch.tensor(
    [[1.0, -2.0, 0.5, 3.0], [0.2, 1.5, -1.0, 0.7], [2.0, 0.0, 1.0, -0.5]], dtype=torch.float64
)

Draw = Callable[..., tuple[Tensor, Tensor | None]]


def cubic_cost(z: Tensor) -> Tensor:
    """A cost of three one-hot vectors, [..., 3, 4], that no sum over the elements gives; about 2."""
    picked = (z.double() * COSTS).sum(-1)
    return 1.5 + picked.sum(-1) + picked[..., 0] * picked[..., 1] - 0.5 * picked.prod(-1)


def cubic_gradient(logits: Tensor = LOGITS) -> tuple[Tensor, Tensor]:
    """The expected cost and its gradient with respect to the logits."""
    leaf = logits.clone().requires_grad_()
    z = torch.eye(4, dtype=torch.float64)[torch.tensor(list(product(range(4), repeat=3)))]
    expected = (log_prob(Categorical(logits=leaf), z, plates=1).exp() * cubic_cost(z)).sum(0)
    return expected.detach(), torch.autograd.grad(expected, leaf)[0]


def estimates(
    draw: Draw,
    family: Callable[[Tensor], Any],
    parameter: Tensor,
    cost: Callable[[Tensor], Tensor],
    **options: Any,
) -> tuple[Tensor, Tensor]:
    """For every row of the parameter an estimate of the expected cost and one of its gradient."""
    leaf = parameter.clone().requires_grad_()
    values, weights = draw(family(leaf), mode="train", **options)
    assert weights is not None
    assert weights.shape == (len(values), len(parameter))
    assert weights.dtype == values.dtype == parameter.dtype
    expected = (weights * cost(values)).sum(0)
    expected.sum().backward()
    assert leaf.grad is not None
    return expected.detach().double(), leaf.grad.double()


def check_bits(draw: Draw, dtype: torch.dtype = torch.float64, n: int = N, **options: Any) -> None:
    """A plate of three Bernoulli elements."""
    found = estimates(
        draw, lambda x: Bernoulli(logits=x), rows(A, n).to(dtype), joint_cost, plates=1, **options
    )
    for estimate, exact in zip(found, plate_gradient(), strict=True):
        assert_mean(estimate, exact)


def check_categories(draw: Draw, dtype: torch.dtype = torch.float64, n: int = N, **options: Any) -> None:
    """A plate of three elements with four categories."""
    parameter = rows(LOGITS, n).to(dtype)
    found = estimates(draw, lambda x: Categorical(logits=x), parameter, cubic_cost, plates=1, **options)
    for estimate, exact in zip(found, cubic_gradient(), strict=True):
        assert_mean(estimate, exact)


def check_sequence(draw: Draw, **options: Any) -> None:
    """z1, and z2 whose logits z1 picks; both by this estimator."""
    a, b = rows(A, N).requires_grad_(), rows(B, N).requires_grad_()
    z1, weights1 = draw(Categorical(logits=a), mode="train", **options)
    logits = (z1[..., None] * b).sum(-2)
    z2, weights2 = draw(Categorical(logits=logits), mode="train", **options)
    assert weights1 is not None and weights2 is not None
    assert weights2.shape == (len(z2), *weights1.shape)
    total = (weights2 * weights1 * lookup(z1, z2)).sum((0, 1))
    total.sum().backward()
    for estimate, exact in zip((total.detach(), a.grad, b.grad), sequence_gradients(), strict=True):
        assert estimate is not None
        assert_mean(estimate, exact)


def check_parallel(draw: Draw, **options: Any) -> None:
    """Two nodes side by side, the second one's axis in front of the first one's."""
    a, b = rows(A, N).requires_grad_(), rows(B[0], N).requires_grad_()
    z1, weights1 = draw(Categorical(logits=a), dims=1, mode="train", **options)
    z2, weights2 = draw(Categorical(logits=b), dims=2, mode="train", **options)
    assert weights1 is not None and weights2 is not None
    assert z2.shape == (len(z2), 1, N, 2)
    assert weights2.shape == (len(z2), 1, N)
    total = (weights2 * weights1 * lookup(z1, z2)).sum((0, 1))
    total.sum().backward()
    for estimate, exact in zip((total.detach(), a.grad, b.grad), parallel_gradients(), strict=True):
        assert estimate is not None
        assert_mean(estimate, exact)


def check_shapes(draw: Draw, **options: Any) -> None:
    """A plate of two axes behind two leading ones, padded to six."""
    for q, event in (
        (Categorical(logits=torch.randn(5, 4, 2, 3, 6)), (6,)),
        (Bernoulli(logits=torch.randn(5, 4, 2, 3)), ()),
    ):
        values, weights = draw(q, plates=2, dims=6, mode="train", **options)
        assert weights is not None
        assert values.shape[1:] == (1, 1, 5, 4, 2, 3, *event)
        assert weights.shape == (len(values), 1, 1, 5, 4)
        assert torch.equal(values, values.round())
        if event:
            assert torch.equal(values.sum(-1), torch.ones_like(values[..., 0]))


def check_modes(draw: Draw, **options: Any) -> None:
    """Outside of training a draw or the mode: no axis, no weights, no gradient."""
    for family in (Categorical, Bernoulli):
        q = family(logits=rows(A, N).requires_grad_())
        z, weights = draw(q, plates=1, dims=3, mode="sample", **options)
        assert weights is None and not z.requires_grad and z.shape == (N, 3)
        assert_mean(z, family(logits=A).probs)
        z, weights = draw(q, mode="mode", **options)
        assert weights is None and torch.equal(z, q.mode)


def check_extremes(draw: Draw, **options: Any) -> None:
    """Logits and probabilities at the ends of their range give finite values, weights and gradients."""
    extreme = torch.tensor(list(product([-1e4, 0.0, 1e4], repeat=3)))
    probs = torch.tensor([[[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]])
    for family in (Categorical, Bernoulli):
        for dtype in (torch.float32, torch.float64, torch.bfloat16):
            for name, given in (("logits", torch.stack([extreme, extreme.flip(0)], -2)), ("probs", probs)):
                leaf = given.to(dtype, copy=True).requires_grad_()
                plates = 1 if family is Categorical else 2
                z, weights = draw(family(**{name: leaf}), plates=plates, mode="train", **options)
                assert weights is not None
                assert z.dtype == dtype
                (weights * (z.double() * torch.arange(3.0)).sum((-2, -1))).sum().backward()
                assert z.isfinite().all() and weights.isfinite().all()
                assert leaf.grad is not None and leaf.grad.isfinite().all()


def score_gradient(
    family: Callable[[Tensor], Any],
    parameter: Tensor,
    cost: Callable[[Tensor], Tensor],
    samples: int,
    plates: int = 0,
    compared: bool = False,
) -> Tensor:
    """The gradient of every row by the score function, to compare with; `compared` leaves one out."""
    leaf = parameter.clone().requires_grad_()
    q = family(leaf)
    z = q.sample((samples,))
    found = cost(z)
    if compared:
        found = (found - found.mean(0)) * samples / (samples - 1)
    (found * log_prob(q, z, plates)).mean(0).sum().backward()
    assert leaf.grad is not None
    return leaf.grad.double()


def noise(gradient: Tensor) -> float:
    """The variance of one row's gradient, summed over its entries."""
    return float(gradient.var(0).sum())
