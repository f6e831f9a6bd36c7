"""What stacked models draw is distributed as what one draws, and runs do not depend on each other.

Thousands of copies of one model in one batched pass give as many independent gradients, whose moments are
compared with those of the model alone. Everything is seeded; with other seeds the whole file would fail by
chance in less than one of a hundred.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from scgc.pipeline import Compilation
from scgc.runtime import Model
from scgc.source import Source
from scgc.train.compiled import Compiled
from scgc.train.runs import make_model
from scgc.train.stacked import Stacked, of_run

COPIES, SINGLES, BATCH = 3000, 1500, 4
APART = 4.5
"""Standard errors: 7e-6 of normal numbers are beyond it, and 45 are looked at in each of 13 programs."""

TEXT = """program drawn
input x : real[2]
param theta : real[3, 2] init constant(0.4)
param a : real[3] init normal(0, 1)
u = theta @ x
z ~ Categorical(logits = u + a) via {estimator}
loss cost = (z[1] - 0.3) ^ 2 + 2 * z[0] * z[2] + 0.5 * z[2]
"""

NORMAL = """program drawn
input x : real[2]
param theta : real[3, 2] init constant(0.4)
param a : real[3] init normal(0, 1)
z ~ Normal(mean = theta @ x, std = exp(a)) via {estimator}
loss cost = sum(cos(z)) + z[0] * z[1]
"""

DROPPED = """program drawn
input x : real[2]
param theta : real[3, 2] init constant(0.4)
param a : real[3] init normal(0, 1)
h = (theta @ x) |> dropout(0.4)
v = h + dropres(a, drop = 0.3)
loss cost = sum(exp(v))
"""

CATEGORICAL = (
    "score",
    "score(samples = 2, baseline = leave_one_out)",
    "score(baseline = self_critical)",
    "disarm",
    "without_replacement(k = 2)",
    "gumbel_softmax(tau = 0.5)",
    "gumbel_softmax(hard = true)",
    "straight_through",
    "reinmax",
    "gumbel_rao",
)
PROGRAMS = {
    **{estimator: TEXT.format(estimator=estimator) for estimator in CATEGORICAL},
    "normal, pathwise": NORMAL.format(estimator="pathwise"),
    "normal, score": NORMAL.format(estimator="score"),
    "dropout and dropres": DROPPED,
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")
        yield


def model_of(text: str) -> Model:
    torch.manual_seed(0)
    compiled = Compiled.of(Compilation(Source("drawn.scg", text)))
    return make_model(compiled.module, "drawn", {}).train()


def inputs() -> Tensor:
    return torch.randn(BATCH, 2, generator=torch.Generator().manual_seed(1))


def gradients(loss: Tensor, model: torch.nn.Module, names: tuple[str, ...]) -> Tensor:
    """Those of two parameters in one row: [..., 9]."""
    found = dict(model.named_parameters())
    taken = torch.autograd.grad(loss, [found[name] for name in names])
    lead = taken[0].dim() - 2
    return torch.cat([g.flatten(lead) for g in taken], -1).detach()


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_are_distributed_alike_and_apart(name: str) -> None:
    model, x = model_of(PROGRAMS[name]), inputs()
    single = torch.stack([gradients(model(x=x).loss, model, ("theta", "a")) for _ in range(SINGLES)])
    stacked = Stacked([copy.deepcopy(model) for _ in range(COPIES)])
    out = stacked(x=x.expand(COPIES, BATCH, 2))
    found = gradients(out.loss, stacked, ("theta", "a"))
    assert found.shape == (COPIES, 9) and single.shape == (SINGLES, 9)

    mean, spread = found.mean(0) - single.mean(0), (found.var(0) / COPIES + single.var(0) / SINGLES).sqrt()
    assert (mean.abs() <= APART * spread + 1e-5).all(), mean / spread
    fourth = [((g - g.mean(0)) ** 4).mean(0) / len(g) for g in (found, single)]
    variance = (found.var(0) - single.var(0)).abs()
    assert (variance <= APART * (fourth[0] + fourth[1]).sqrt() + 1e-5).all(), variance

    centred = (found - found.mean(0)) / found.std(0)
    for shift in (1, 2, COPIES // 2):  # a run and the one that is so much further on
        together = (centred * centred.roll(shift, 0)).mean(0)
        assert (together.abs() < APART / COPIES**0.5).all(), together


def test_a_stacked_model_is_made_of_views() -> None:
    models = [model_of(PROGRAMS["score"]) for _ in range(3)]
    before = [model.theta.detach().clone() for model in models]
    stacked = Stacked(models)
    with torch.no_grad():
        stacked.theta[1] += 1
    assert torch.equal(models[0].theta, before[0]) and torch.equal(models[1].theta, before[1] + 1)
    models[2].load_state_dict({name: value + 2 for name, value in models[2].state_dict().items()})
    assert torch.equal(stacked.theta[2], before[2] + 2)


def test_one_run_of_the_output() -> None:
    stacked = Stacked([model_of(PROGRAMS["score"]) for _ in range(3)])
    out = stacked(x=inputs().expand(3, BATCH, 2))
    one = of_run(out, 1)
    assert torch.equal(one.loss, out.each[1]) and one.cost.shape == (BATCH,)
    torch.testing.assert_close(one.loss, one.cost.mean())
    torch.testing.assert_close(out.loss, out.each.sum())


def test_a_number_that_is_not_finite_stays_in_its_run() -> None:
    stacked = Stacked([model_of(PROGRAMS["gumbel_softmax(tau = 0.5)"]) for _ in range(3)])
    with torch.no_grad():
        stacked.theta[1] = torch.nan
    stacked(x=inputs().expand(3, BATCH, 2)).loss.backward()
    assert [bool(torch.isfinite(g).all()) for g in stacked.theta.grad] == [True, False, True]
