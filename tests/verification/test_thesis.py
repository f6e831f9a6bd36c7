"""What the thesis proves of Gumbel-softmax nodes, as properties of compiled ones.

The thesis writes theta for category weights and differentiates by theta_j; its Jacobian (proposition 1.3,
lemmas 1 and 2, theorem 1) is that by log theta_j, the logit, and that is what is tested. In proposition 1.1
the temperature is left out of the exponents and is put back here. The places of the categories in
proposition 2 are (j - 1) / (m - 1), as defined before equation 4.13.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest
from torch import Tensor
from verdict import compiled

PROGRAM = """
param P : real[{m}] init zeros
input theta : real[{m}]
input tau, beta : real
param W : real[{m}, 4] init normal(0, 1)
z ~ Categorical(logits = theta) via gumbel_softmax(tau, scale = beta)
place = z @ P
loss bounded = sum(tanh(z @ W))
loss steep   = -log(z[0])
"""
LEVEL = 1e-7
"""Of every test of a distribution; there are about five hundred, so that one in 20,000 runs would fail."""

sizes = st.integers(2, 6)
seeds = st.integers(0, 2**31)
temperatures = st.floats(0.1, 5)
scales = st.floats(0, 3)
few = settings(max_examples=40, deadline=None, derandomize=True)


@cache
def model(m: int) -> Any:
    """The program, with the places of the categories in P."""
    torch.manual_seed(m)
    made = compiled(PROGRAM.format(m=m))
    with torch.no_grad():
        made.P.copy_(torch.linspace(0, 1, m, dtype=torch.float64))
    return made


def logits_of(seed: int, m: int, width: float, batch: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return width * torch.randn(batch, m, generator=random, dtype=torch.float64)


def drawn(theta: Tensor, tau: float, beta: float = 1.0, seed: int = 0) -> Any:
    torch.manual_seed(seed)
    rows = torch.ones(len(theta), dtype=torch.float64)
    return model(theta.shape[-1])(theta=theta, tau=tau * rows, beta=beta * rows)


def gradient(cost: Tensor, by: Tensor) -> Tensor:
    return torch.autograd.grad(cost.sum(), by, retain_graph=True)[0]


@given(seeds, sizes, temperatures, scales, st.floats(0.1, 30))
@few
def test_jacobian(seed: int, m: int, tau: float, beta: float, width: float) -> None:
    """Proposition 1.3 and lemma 1: dz_i / dtheta_j is z_i (1 - z_i) / tau or -z_i z_j / tau; as a vector it
    is at most sqrt(2) z_j / tau long."""
    theta = logits_of(seed, m, width, 5).requires_grad_()
    z = drawn(theta, tau, beta, seed).z
    found = torch.stack([gradient(z[:, i], theta) for i in range(m)], 1)
    z = z.detach()
    torch.testing.assert_close(found, (torch.diag_embed(z) - z[:, :, None] * z[:, None]) / tau)
    assert (found.norm(dim=1) <= 2**0.5 / tau * z + 1e-12).all()


@given(seeds, sizes, temperatures, scales, st.floats(0.1, 30))
@few
def test_lemma_2(seed: int, m: int, tau: float, beta: float, width: float) -> None:
    """|dL/dtheta_j| <= sqrt(2) / tau * |dL/dz| * z_j, for a bounded cost and for one that is not."""
    theta = logits_of(seed, m, width, 20).requires_grad_()
    out = drawn(theta, tau, beta, seed)
    for cost in (out.bounded, out.steep):
        at_z, at_theta = gradient(cost, out.z), gradient(cost, theta)
        bound = 2**0.5 / tau * at_z.norm(dim=-1, keepdim=True) * out.z
        finite = bound.isfinite()  # where z_j is 0 in float64 the slope of the logarithm is not
        assert (at_theta.abs() <= bound * (1 + 1e-9) + 1e-12)[finite].all()


@given(seeds, sizes, temperatures, scales)
@few
def test_theorem_1(seed: int, m: int, tau: float, beta: float) -> None:
    """One constant for all draws where the slope of the cost is bounded: gradients vanish with z_j. With the
    cross-entropy, whose slope is not, that of the right category does not vanish (equation 4.8)."""
    theta = logits_of(seed, m, 3, 200)
    theta[:, 0] -= torch.linspace(0, 30, 200, dtype=torch.float64)  # a category that dies out
    theta.requires_grad_()
    out = drawn(theta, tau, beta, seed)
    at_theta = gradient(out.bounded, theta)
    steepest = 2 * model(m).W.detach().norm()  # the norm of W times that of four slopes of tanh
    assert (gradient(out.bounded, out.z).norm(dim=-1) <= steepest).all()
    assert (at_theta.abs() <= 2**0.5 / tau * steepest * out.z + 1e-12).all()
    rare = (out.z[:, 0] < 1e-3) & (out.z[:, 0] > 1e-200)
    assert rare.any()
    right = gradient(out.steep, theta)[:, 0]
    torch.testing.assert_close(right[rare], (out.z.detach()[rare, 0] - 1) / tau)


@given(seeds, sizes, temperatures)
@few
def test_proposition_1_reparameterisation(seed: int, m: int, tau: float) -> None:
    """z is the softmax of (log theta + Gumbel noise) / tau: tau times the log-ratio of two entries is the
    difference of their logits plus that of two Gumbel numbers, which has the logistic distribution."""
    theta = logits_of(seed, m, 1, 1)
    z = drawn(theta.expand(3000, m), tau, seed=seed).z.detach()
    for i in range(m - 1):
        noise = tau * (z[:, i].log() - z[:, i + 1].log()) - (theta[0, i] - theta[0, i + 1])
        assert kstest(noise.numpy(), "logistic").pvalue > LEVEL
    torch.testing.assert_close(z.sum(-1), torch.ones(3000, dtype=torch.float64))


@given(seeds, sizes)
@few
def test_proposition_1_zero_temperature(seed: int, m: int) -> None:
    """As tau goes to 0, z goes to a corner, and that is k with probability theta_k / sum of theta."""
    theta = logits_of(seed, m, 1, 1)
    inside = []
    for tau in (1.0, 0.1, 1e-4):
        z = drawn(theta.expand(4000, m), tau, seed=seed).z.detach()
        inside.append(float(1 - z.amax(-1).mean()))
        counts = torch.bincount(z.argmax(-1), minlength=m)
        expected = 4000 * theta[0].softmax(-1)
        assert chisquare(counts.numpy(), expected.numpy()).pvalue > LEVEL
    assert inside[0] > inside[1] > inside[2]
    assert inside[2] < 1e-3


@given(seeds, sizes, temperatures, st.floats(1e-6, 1e6))
@few
def test_lemma_4(seed: int, m: int, tau: float, c: float) -> None:
    """GS(theta) = GS(c theta): from the same noise the same draw, and the same gradient."""
    theta = logits_of(seed, m, 2, 30).requires_grad_()
    times = (theta.detach() + torch.tensor(c, dtype=torch.float64).log()).requires_grad_()
    one, other = drawn(theta, tau, seed=seed), drawn(times, tau, seed=seed)
    torch.testing.assert_close(one.z, other.z)
    torch.testing.assert_close(gradient(one.bounded, theta), gradient(other.bounded, times))


@given(seeds, st.integers(3, 6), st.data())
@few
def test_proposition_2a(seed: int, m: int, data: st.DataObject) -> None:
    """The places of the least and the greatest category that has any weight bound those of the draws, which
    come everywhere between."""
    low = data.draw(st.integers(0, m - 2))
    high = data.draw(st.integers(low + 1, m - 1))
    theta = logits_of(seed, m, 0.3, 1)
    theta[:, :low], theta[:, high + 1 :] = -torch.inf, -torch.inf
    place = drawn(theta.expand(20_000, m), 1, seed=seed).place.detach()
    least, most = low / (m - 1), high / (m - 1)
    assert (place >= least - 1e-12).all() and (place <= most + 1e-12).all()
    cells = ((place - least) / (most - least) * 10).long().clamp(0, 9)
    assert (torch.bincount(cells, minlength=10) > 0).all()


@given(seeds, sizes, st.data())
@few
def test_proposition_2b(seed: int, m: int, data: st.DataObject) -> None:
    """As one category gets all of the weight, z goes to its corner and the place to that of the category."""
    j = data.draw(st.integers(0, m - 1))
    theta = logits_of(seed, m, 1, 1)
    far = []
    for more in (0.0, 10.0, 20.0, 1000.0):
        shifted = theta.clone()
        shifted[:, j] += more
        out = drawn(shifted.expand(2000, m), 1, seed=seed)
        far.append(float((out.place.detach() - j / (m - 1)).abs().mean()))
    assert far[0] > far[1] > far[2] > far[3]
    assert torch.equal(out.z[:, j], torch.ones(2000, dtype=torch.float64))
    assert far[3] == pytest.approx(0, abs=1e-14)
