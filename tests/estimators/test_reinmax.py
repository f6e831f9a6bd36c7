"""`reinmax`: no bias for costs of degree 2, some for degree 3 (Liu et al. 2023), by enumeration."""

from collections.abc import Callable

import pytest
import torch
from graphs import A
from torch import Tensor

from scgc.runtime import Bernoulli, Categorical, reinmax, straight_through

D = torch.float64
W = torch.tensor([[1.0, -2.0, 0.5], [0.3, 1.5, 2.0], [-1.0, 0.7, 2.5]], dtype=D)
V = torch.tensor([0.5, -1.0, 3.0], dtype=D)
COSTS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda z: z @ V,
    "quadratic": lambda z: ((z @ W) * z).sum(-1) + z @ V,
    "cubic": lambda z: (z @ V) ** 3,
}
BITS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda z: 2 * z,
    "quadratic": lambda z: (z - 0.3) ** 2,
    "cubic": lambda z: (z + 0.3) ** 3,
}


def expected(
    q: type, logits: Tensor, cost: Callable[[Tensor], Tensor], draw: Callable[..., Tensor]
) -> Tensor:
    """The estimator's gradient averaged over all values, each weighing its probability."""
    total = torch.zeros_like(logits)
    values = q(logits=logits).values()
    for value in values:

        class Fixed(q):  # type: ignore[misc, valid-type]
            def sample(self, sample_shape: tuple[int, ...] = (), value: Tensor = value) -> Tensor:
                return value

        leaf = logits.clone().requires_grad_()
        cost(draw(Fixed(logits=leaf), mode="train")).backward()
        assert leaf.grad is not None
        total += leaf.grad * q(logits=logits).log_prob(value).exp()
    return total


def exact(q: type, logits: Tensor, cost: Callable[[Tensor], Tensor]) -> Tensor:
    leaf = logits.clone().requires_grad_()
    values = q(logits=leaf).values()
    sum(q(logits=leaf).log_prob(v).exp() * cost(v) for v in values).backward()
    return leaf.grad


@pytest.mark.parametrize(("family", "logits", "costs"), [(Categorical, A, COSTS), (Bernoulli, A[1], BITS)])
def test_second_order_accurate(family: type, logits: Tensor, costs: dict[str, Callable[..., Tensor]]) -> None:
    biases = {}
    for name, cost in costs.items():
        truth = exact(family, logits, cost)
        biases[name] = [
            float((expected(family, logits, cost, draw) - truth).abs().max())
            for draw in (reinmax, straight_through)
        ]
    assert max(biases["linear"]) < 1e-12
    assert biases["quadratic"][0] < 1e-12 < 0.05 < biases["quadratic"][1]
    assert min(biases["cubic"]) > 0.01


def test_temperature_smooths_the_middle_point() -> None:
    """The formula of the paper's algorithm 2 with torch's own softmax."""
    z = torch.tensor([0.0, 1.0, 0.0], dtype=D)
    for tau in (1.0, 2.0, torch.tensor(1.5, dtype=D)):

        class Fixed(Categorical):
            def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
                return z

        ours, theirs = A.clone().requires_grad_(), A.clone().requires_grad_()
        COSTS["cubic"](reinmax(Fixed(logits=ours), tau=tau, mode="train")).backward()
        p0 = theirs.softmax(-1)
        p1 = (z + (theirs / tau).softmax(-1)) / 2
        p1 = ((p1.log() - theirs).detach() + theirs).softmax(-1)
        p2 = 2 * p1 - p0 / 2
        COSTS["cubic"](p2 - p2.detach() + z).backward()
        torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("family", [Categorical, Bernoulli])
def test_hard_values(family: type, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    q = family(logits=torch.randn(4, 5, 2, 3, dtype=dtype).requires_grad_())
    z = reinmax(q, mode="train")
    assert z.dtype == dtype
    assert z.shape == (4, 5, 2, 3)
    assert torch.equal(z, z.round())
    assert z.requires_grad
    assert not reinmax(q, mode="sample").requires_grad
    assert torch.equal(reinmax(q, mode="mode"), q.mode)
