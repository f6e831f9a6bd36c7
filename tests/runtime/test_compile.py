"""What generated code uses compiles without a graph break and exports, with the same results."""

from collections.abc import Callable

import pytest
import torch
from families import BUILDERS, REPARAMETERISED
from torch import Tensor

import scgc.runtime as runtime
from scgc.runtime import (
    Bernoulli,
    Categorical,
    Model,
    MovingAverage,
    Normal,
    dropres,
    entropy,
    enumerate_support,
    gumbel_softmax,
    kl,
    log_prob,
    marginal,
    pathwise,
    score,
    scored,
    straight_through,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*")


class Everything(Model):
    """One node of each estimator."""

    tau: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("tau", torch.tensor(2.0))
        self.linear = torch.nn.Linear(3, 3)
        self.average = MovingAverage()

    def forward(self, x: Tensor) -> Tensor:
        u = self.linear(x)
        q = Categorical(logits=u)
        z1 = gumbel_softmax(q, tau=self.tau, scale=0.5, hard=True, mode=self.mode)
        z1 = z1 + dropres(u, drop=self.tau / 4, per="example", training=self.training)
        z2 = gumbel_softmax(Bernoulli(probs=u.sigmoid()), tau=self.tau, mode=self.mode)
        z3 = straight_through(q, mode=self.mode)
        z4 = pathwise(Normal(z1, logvar=z2), mode=self.mode)
        p = Bernoulli(logits=u)
        z5, weight = enumerate_support(p, plates=1, mode=self.mode)
        z6 = score(q, samples=2, dims=2, mode=self.mode)
        cost = (z1 + z2 + z3 + z4 + z5 + z6).sum(-1) + kl(q, Categorical.uniform(3)) + entropy(p, plates=1)
        if not self.training:
            return cost
        lp = log_prob(q, z6)
        total = scored(cost, lp, baseline=self.average(marginal(cost, weight)), axis=1)
        total = total + scored(cost, lp, baseline="leave_one_out", axis=1)
        return marginal(total, weight).mean()


def gradients(model: Everything, run: Callable[[Tensor], Tensor], x: Tensor) -> list[Tensor]:
    torch.manual_seed(3)
    model.zero_grad()
    loss = run(x)
    loss.backward()
    return [loss.detach(), *(p.grad.clone() for p in model.parameters() if p.grad is not None)]


def test_training_compiles_whole() -> None:
    torch._dynamo.reset()
    torch.manual_seed(0)
    model, x = Everything(), torch.randn(4, 3)
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    model.average.load_state_dict(MovingAverage().state_dict())
    eager = gradients(model, model, x)
    model.average.load_state_dict(MovingAverage().state_dict())
    for ours, theirs in zip(eager, gradients(model, compiled, x), strict=True):
        torch.testing.assert_close(ours, theirs)
    assert model.average.seen > 0


@pytest.mark.parametrize("sampling", ["sample", "mode"])
def test_evaluation_exports(sampling: runtime.Sampling) -> None:
    model = Everything().eval().set_sampling(sampling)
    x = torch.randn(4, 3)
    exported = torch.export.export(model, (x,)).module()
    torch.manual_seed(1)
    expected = model(x)
    torch.manual_seed(1)
    torch.testing.assert_close(exported(x), expected)


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_families_compile(name: str) -> None:
    torch._dynamo.reset()
    build = BUILDERS[name]

    def use(x: Tensor) -> Tensor:
        q, p = build(runtime, x), build(runtime, 0.5 * x)
        z = pathwise(q, mode="train") if name in REPARAMETERISED else score(q, mode="train")
        total = log_prob(q, z, plates=1 if q.batch_shape == x.shape else 0) + z.sum(-1) + q.mode.sum(-1)
        divergence = kl(q, p).sum() + (0 if name == "Poisson" else entropy(q).sum())
        return total.sum() + divergence

    x = torch.randn(4, 3)
    compiled = torch.compile(use, fullgraph=True, backend="eager")
    torch.manual_seed(2)
    expected = use(x)
    torch.manual_seed(2)
    torch.testing.assert_close(compiled(x), expected)


@pytest.mark.parametrize("kernel", [2, 3, 5])
@pytest.mark.parametrize("last", [False, True])
def test_pooling_is_the_same_compiled(kernel: int, last: bool) -> None:
    """Values and gradients, where windows leave something over, channels last or not, and with a NaN."""
    torch.manual_seed(0)
    x = torch.randn(3, 4, 11, 13)
    x[0, 0, 3, 3] = float("nan")
    x = x.to(memory_format=torch.channels_last if last else torch.contiguous_format)
    x, y = x.clone().requires_grad_(), x.clone().requires_grad_()
    pool = torch.compile(lambda x: runtime.max_pool2d(x, kernel), backend="aot_eager", fullgraph=True)
    pooled, expected = pool(x), torch.nn.functional.max_pool2d(y, kernel)
    weights = torch.randn_like(expected)
    torch.testing.assert_close(pooled, expected, equal_nan=True)
    (pooled * weights).nansum().backward()
    (expected * weights).nansum().backward()
    assert x.grad is not None and y.grad is not None
    torch.testing.assert_close(x.grad[1:], y.grad[1:])
