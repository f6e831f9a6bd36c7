"""Outside training every estimator gives a hard draw of the distribution itself, or its mode: no extra axis,
nothing relaxed, no gradient, whatever the schedules say."""

from collections.abc import Callable

import pytest
import torch
from evidence import assert_mean, rows
from graphs import A
from torch import Tensor

from scgc.runtime import (
    Bernoulli,
    Categorical,
    Mode,
    Normal,
    enumerate_support,
    gumbel_softmax,
    pathwise,
    score,
    straight_through,
)

DISCRETE: dict[str, Callable[..., Tensor]] = {
    "score": lambda q, mode: score(q, samples=5, dims=3, mode=mode),
    "enumerate": lambda q, mode: enumerate_support(q, plates=1, dims=3, mode=mode)[0],
    "gumbel_softmax": lambda q, mode: gumbel_softmax(q, tau=9.0, scale=torch.tensor(4.0), mode=mode),
    "straight_through": lambda q, mode: straight_through(q, mode=mode),
}


@pytest.mark.parametrize("name", sorted(DISCRETE))
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_sample(name: str, family: type[Categorical] | type[Bernoulli]) -> None:
    torch.manual_seed(0)
    z = DISCRETE[name](family(logits=rows(A, 20_000).requires_grad_()), "sample")
    assert z.shape == (20_000, 3)
    assert not z.requires_grad
    assert torch.equal(z, z.round())
    assert_mean(z, family(logits=A).probs)


@pytest.mark.parametrize("name", sorted(DISCRETE))
def test_mode(name: str) -> None:
    logits = torch.tensor([[0.1, 0.4, -3.0], [5.0, 4.0, 4.5]])
    z = DISCRETE[name](Categorical(logits=logits), "mode")
    assert z.tolist() == [[0, 1, 0], [1, 0, 0]]
    z = DISCRETE[name](Bernoulli(logits=logits), "mode")
    assert z.tolist() == [[1, 1, 0], [1, 1, 1]]


@pytest.mark.parametrize("draw", [pathwise, score])
def test_continuous(draw: Callable[..., Tensor]) -> None:
    torch.manual_seed(0)
    mean = rows(A, 20_000).requires_grad_()
    modes: tuple[Mode, ...] = ("sample", "mode")
    z, mode = (draw(Normal(mean, torch.ones_like(mean)), mode=m) for m in modes)
    assert not z.requires_grad
    assert_mean(z, A)
    assert torch.equal(mode, mean)
