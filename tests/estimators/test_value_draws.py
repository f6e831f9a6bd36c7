"""What draws with a gradient through the value have in common: finite at extreme logits, in every precision,
hard in evaluation, and without a graph break under torch.compile."""

from collections.abc import Callable
from itertools import product

import pytest
import torch
from evidence import assert_mean, rows
from graphs import A
from torch import Tensor

from scgc.declared import NEVER
from scgc.runtime import (
    Arborescence,
    Bernoulli,
    Categorical,
    SpanningTree,
    TopK,
    entmax,
    gumbel_rao,
    imle,
    marginals,
    reinmax,
    sparsemax,
    straight_through,
)

Draw = Callable[..., Tensor]
DRAWS: dict[str, Draw] = {
    "entmax": entmax,
    "entmax by bisection": lambda q, **o: entmax(q, alpha=1.3, **o),
    "cold entmax": lambda q, **o: entmax(q, tau=1e-3, scale=8.0, **o),
    "gumbel_rao": gumbel_rao,
    "cold gumbel_rao": lambda q, **o: gumbel_rao(q, k=3, tau=1e-2, **o),
    "imle": imle,
    "marginals": marginals,
    "reinmax": reinmax,
    "sparsemax": sparsemax,
}
STRUCTURED = {n: DRAWS[n] for n in ("imle", "marginals")} | {"straight_through": straight_through}
ROWS = [*product([-1e4, 0.0, 1e4], repeat=3), (NEVER, 0.0, 1.0), (5.0, NEVER, NEVER)]
EXTREME = torch.tensor(ROWS)
SLOPES = torch.tensor([1.0, -2.0, 3.0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
@pytest.mark.parametrize("name", sorted(DRAWS))
def test_finite(name: str, family: type, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    for _ in range(10):
        logits = EXTREME.to(dtype, copy=True).requires_grad_()
        z = DRAWS[name](family(logits=logits), mode="train")
        assert z.dtype == dtype
        assert ((z >= 0) & (z <= 1)).all()
        (z * SLOPES.to(dtype)).sum().backward()
        assert logits.grad is not None
        assert logits.grad.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", sorted(STRUCTURED))
def test_structures_are_finite(name: str, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    for build in (Arborescence, SpanningTree, lambda x: TopK(x, 2)):
        for scale in (0.0, 1.0, 1e4):
            logits = (scale * torch.randn(6, 5, 5)).to(dtype).requires_grad_()
            z = STRUCTURED[name](build(logits), mode="train")
            assert z.dtype == dtype
            (z * torch.randn(5, 5).to(dtype)).sum().backward()
            assert logits.grad is not None
            assert logits.grad.isfinite().all()


@pytest.mark.parametrize("name", sorted(DRAWS))
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_evaluation_draws_from_the_distribution(name: str, family: type) -> None:
    torch.manual_seed(0)
    q = family(logits=rows(A, 20_000).requires_grad_())
    z = DRAWS[name](q, mode="sample")
    assert z.shape == (20_000, 3)
    assert not z.requires_grad
    assert torch.equal(z, z.round())
    assert_mean(z, family(logits=A).probs)
    assert torch.equal(DRAWS[name](q, mode="mode"), q.mode)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*")
@pytest.mark.parametrize("name", sorted(DRAWS))
def test_compiles_whole(name: str) -> None:
    torch._dynamo.reset()

    def use(x: Tensor) -> Tensor:
        z = DRAWS[name](Categorical(logits=x), mode="train")
        return (z**2 * SLOPES).sum() + DRAWS[name](Bernoulli(logits=x), mode="train").sum()

    compiled, found = torch.compile(use, fullgraph=True, backend="eager"), []
    for run in (use, compiled):
        x = EXTREME[13:15].clone().requires_grad_()
        torch.manual_seed(1)
        value = run(x)
        value.backward()
        found.append((value.detach(), x.grad))
    torch.testing.assert_close(*found)
