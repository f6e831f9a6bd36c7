"""No sampler, density or term of the loss is NaN or infinite at extreme logits, forward or backward."""

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor

from scgc.runtime import (
    Bernoulli,
    Categorical,
    Mode,
    entropy,
    enumerate_support,
    gumbel_softmax,
    kl,
    log_prob,
    score,
    scored,
    straight_through,
)

Q = Categorical | Bernoulli
EXTREME = torch.tensor(list(product([-1e4, 0.0, 1e4], repeat=3)))


def dot(z: Tensor) -> Tensor:
    return (z * torch.tensor([1.0, -2.0, 3.0], dtype=z.dtype)).sum(-1)


def score_loss(q: Q, baseline: str | None) -> Tensor:
    z = score(q, samples=3, mode="train")
    plates = 1 if isinstance(q, Bernoulli) else 0
    return scored(dot(z), log_prob(q, z, plates=plates), baseline=baseline)


def enumerated(q: Q) -> Tensor:
    plates = 1 if isinstance(q, Bernoulli) else 0
    z, weight = enumerate_support(q, plates=plates, mode="train")
    return (weight * dot(z)).sum(0)


def other(q: Q) -> Q:
    return type(q)(logits=-q.logits.detach().roll(1, 0))


LOSSES: dict[str, Callable[[Q], Tensor]] = {
    "gumbel_softmax": lambda q: dot(gumbel_softmax(q, mode="train")),
    "cold": lambda q: dot(gumbel_softmax(q, tau=1e-3, scale=torch.tensor(8.0), mode="train")),
    "hard": lambda q: dot(gumbel_softmax(q, tau=8.0, scale=0.0, hard=True, mode="train")),
    "straight_through": lambda q: dot(straight_through(q, mode="train")),
    "score": lambda q: score_loss(q, None),
    "leave_one_out": lambda q: score_loss(q, "leave_one_out"),
    "enumerate": enumerated,
    "log_prob": lambda q: log_prob(q, q.sample()),
    "log_prob of a relaxed draw": lambda q: log_prob(q, gumbel_softmax(q, mode="train")),
    "entropy": entropy,
    "kl": lambda q: kl(q, other(q)),
    "kl to uniform": lambda q: kl(
        q, Categorical.uniform(3) if isinstance(q, Categorical) else Bernoulli.uniform()
    ),
    "mean": lambda q: dot(q.mean),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_logits(loss: str, family: type[Q], dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    for _ in range(20):
        logits = EXTREME.to(dtype, copy=True).requires_grad_()
        value = LOSSES[loss](family(logits=logits))
        assert value.isfinite().all()
        value.sum().backward()
        assert logits.grad is not None
        assert logits.grad.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_probabilities_of_zero_and_one(loss: str, family: type[Q], dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    probs = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]], dtype=dtype).requires_grad_()
    value = LOSSES[loss](family(probs=probs))
    assert value.isfinite().all()
    value.sum().backward()
    assert probs.grad is not None
    assert probs.grad.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("mode", ["sample", "mode"])
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_hard_draws(family: type[Q], mode: Mode, dtype: torch.dtype) -> None:
    """At such logits the draw is certain wherever one category, or the bit, is."""
    z = gumbel_softmax(family(logits=EXTREME.to(dtype)), mode=mode)
    assert z.dtype == dtype
    assert torch.equal(z, z.round())
    if family is Bernoulli:
        assert z[EXTREME > 0].all()
        assert not z[EXTREME < 0].any()
    else:
        assert torch.equal(z.sum(-1), torch.ones(27, dtype=dtype))
        assert (EXTREME[z.bool()] == EXTREME.amax(-1)).all()


def test_under_autocast() -> None:
    torch.manual_seed(0)
    weight = torch.randn(3, 5, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        z = gumbel_softmax(Categorical(logits=torch.randn(8, 5) @ weight.T * 1e3), mode="train")
    dot(z.float()).sum().backward()
    assert weight.grad is not None
    assert weight.grad.isfinite().all()
