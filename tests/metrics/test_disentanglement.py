"""Measures of disentanglement on codes whose score is known: by hand, or because theory fixes it."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import process_time

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from scgc import metrics
from scgc.metrics import (
    beta_vae,
    dci,
    explicitness,
    factor_vae,
    measures,
    mig,
    modularity,
    sample_efficiency,
    sap,
    total_correlation,
)
from scgc.metrics.arrays import binned, pair, parts
from scgc.metrics.information import entropies, mutual_information
from scgc.metrics.pairs import Groups
from scgc.metrics.trees import boosted, importances

Array = NDArray[np.float64]


def examples(count: int = 6000, *values: int) -> Array:
    """Random combinations of factors with so many values each."""
    random = np.random.default_rng(0)
    return np.stack([random.integers(0, v, count) for v in values or (3, 4, 5)], 1).astype(float)


FACTORS = examples()
SPREAD = 2 * FACTORS / FACTORS.max(0) - 1
NOISE = np.random.default_rng(1).normal(size=FACTORS.shape)
ROTATION = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
ROTATED = SPREAD @ ROTATION

SCORES: tuple[Callable[[Array, Array], float], ...] = (
    mig,
    modularity,
    beta_vae,
    factor_vae,
    lambda c, f: dci(c, f, rounds=20).disentanglement,
)


# ---- by hand


def test_mig_by_hand():
    """One bit told whole by one code and in part by another: H = ln 2, I = ln 2 - h(1/4)."""
    factor = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    whole, part = factor.copy(), np.array([0, 0, 0, 1, 1, 1, 1, 0])
    h = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert mig(np.stack((whole, part), 1), factor) == pytest.approx(h / math.log(2))
    assert mig(whole, factor) == pytest.approx(1)
    assert mig(np.stack((whole, whole), 1), factor) == pytest.approx(0)


def test_mutual_information_by_hand():
    a = np.array([[0, 0, 1, 1], [0, 1, 0, 1]]).T
    b = np.array([[0, 0, 1, 1], [0, 1, 1, 0]]).T
    np.testing.assert_allclose(mutual_information(a, b), [[math.log(2), 0], [0, 0]], atol=1e-12)
    np.testing.assert_allclose(entropies(np.array([[0, 1, 2, 2]]).T), [1.5 * math.log(2)])


def test_modularity_by_hand():
    """A code of two bits that tells both: all of its information twice, so nothing is left of 1."""
    bits = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    both = bits @ [2, 1]
    assert modularity(both, bits) == pytest.approx(0)
    assert modularity(bits, bits) == pytest.approx(1)
    assert modularity(np.stack((both, bits[:, 0]), 1), bits) == pytest.approx(0.5)
    assert modularity(np.stack((np.zeros(4), bits[:, 0]), 1), bits) == pytest.approx(0.5)


def test_total_correlation_by_hand():
    """Of two variables with correlation r it is -log(1 - r^2) / 2."""
    a, b = np.random.default_rng(0).normal(size=(2, 50))
    r = np.corrcoef(a, b)[0, 1]
    assert total_correlation(np.stack((a, 3 * b, np.ones(50)), 1)) == pytest.approx(-math.log(1 - r * r) / 2)
    assert total_correlation(a) == 0
    assert total_correlation(np.stack((a, a), 1)) == math.inf


def test_sap_by_hand():
    """A code that gives a bit away and one that is right three times in four; of numbers the squared
    correlation."""
    factor = np.tile([0, 1], 600)
    noisy = np.where(np.arange(1200) % 8 < 2, 1 - factor, factor)
    codes = 2.0 * np.stack((factor, noisy), 1) - 1
    _, test = parts(1200)
    expected = 1 - (noisy == factor)[test].mean()
    assert sap(codes, factor) == pytest.approx(expected)
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    assert sap(x, y) == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)


def test_completeness_and_disentanglement_are_not_the_same():
    """Two codes for one factor, each of one factor only: disentangled, and incomplete; one code for two
    factors the other way round."""
    factors = examples(6000, 4, 3)
    split = np.stack((factors[:, 0] // 2, factors[:, 0] % 2, factors[:, 1]), 1)
    found = dci(split, factors, rounds=20)
    assert found.disentanglement > 0.95 and found.informativeness > 0.99 and found.completeness < 0.8
    merged = np.stack((factors @ [3, 1], np.random.default_rng(0).normal(size=6000)), 1)
    found = dci(merged, factors, rounds=20)
    assert found.completeness > 0.9 and found.disentanglement < 0.2


def test_importances_are_those_of_the_older_trees():
    """scikit-learn's other gradient boosting tells them itself."""
    from sklearn.ensemble import GradientBoostingClassifier

    codes = np.hstack((ROTATED + 0.3 * NOISE, NOISE[:, :1]))[:2000]
    for factor in FACTORS[:2000].T:
        older = GradientBoostingClassifier(n_estimators=20, random_state=0).fit(codes, factor)
        mine = importances(boosted(20).fit(codes, factor), 4)
        np.testing.assert_allclose(mine, older.feature_importances_, atol=0.05)


def test_efficiency_by_hand():
    """A class that is the sign of a code is learned from few examples; what no code tells never is."""
    factor = examples(15000, 2)[:, 0]
    known = sample_efficiency(factor, factor)
    assert (known.few, known.many, known.ratio) == (1, 1, 1)
    rare = examples(15000, 40)[:, 0]
    assert sample_efficiency(np.eye(40)[rare.astype(int)], rare).ratio < 0.95
    assert sample_efficiency(factor, factor, model="trees").ratio == 1


# ---- what theory fixes


@pytest.mark.parametrize("score", SCORES)
def test_perfect_codes(score: Callable[[Array, Array], float]):
    assert score(SPREAD, FACTORS) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("score", SCORES)
def test_order_sign_and_scale_do_not_matter(score: Callable[[Array, Array], float]):
    moved = SPREAD[:, [2, 0, 1]] * [-3, 0.1, 7] + [5, 0, -1]
    assert score(moved, FACTORS) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("score", [mig, lambda c, f: dci(c, f, rounds=20).disentanglement, sap])
def test_rotated_codes_score_less(score: Callable[[Array, Array], float]):
    assert score(ROTATED, FACTORS) < 0.8 * score(SPREAD, FACTORS)


def test_rotated_codes_tell_as_much():
    """A linear classifier does not see a rotation, and the information in all codes together is the same."""
    assert explicitness(ROTATED, FACTORS) == pytest.approx(explicitness(SPREAD, FACTORS), abs=0.02)
    assert sample_efficiency(ROTATED, FACTORS).many == pytest.approx(
        sample_efficiency(SPREAD, FACTORS).many, abs=0.02
    )


def test_random_codes():
    assert mig(NOISE, FACTORS) < 0.01
    assert sap(NOISE, FACTORS) < 0.03
    assert dci(NOISE, FACTORS, rounds=20).disentanglement < 0.1
    assert beta_vae(NOISE, FACTORS) == pytest.approx(1 / 3, abs=0.03)
    assert factor_vae(NOISE, FACTORS) == pytest.approx(1 / 3, abs=0.06)
    assert explicitness(NOISE, FACTORS) == pytest.approx(0.5, abs=0.03)


def test_a_half_turn_of_two_factors():
    """Turned by 45 degrees both codes tell as much of both factors, so that nothing is left of the gap."""
    plane = np.random.default_rng(0).uniform(-1, 1, size=(8000, 2))
    turned = plane @ np.array([[1, -1], [1, 1]]) / math.sqrt(2)
    assert mig(plane, plane) > 0.9 and mig(turned, plane) < 0.05
    assert factor_vae(plane, plane) > 0.99 and factor_vae(turned, plane) == pytest.approx(0.5, abs=0.05)


def test_dead_codes_change_nothing():
    dead = np.hstack((SPREAD, np.zeros((len(SPREAD), 2))))
    for score in (mig, beta_vae, factor_vae, sap):
        assert score(dead, FACTORS) == pytest.approx(score(SPREAD, FACTORS), abs=0.01)
    assert factor_vae(np.zeros((100, 2)), FACTORS[:100]) == 0


# ---- arrays


def test_continuous_factors_are_binned():
    values = np.array([0.0, 0.5, 0.99, 1.01, 2.0])
    assert pair(np.zeros(5), values, bins=2)[1][:, 0].tolist() == [0, 0, 0, 1, 1]
    assert pair(np.zeros(3), [5.0, -2.0, 5.0])[1][:, 0].tolist() == [1, 0, 1]
    assert binned(np.linspace(0, 1, 40)[:, None], 20).max() == 19


def test_factors_that_never_change_are_left_out():
    fixed = np.hstack((FACTORS, np.ones((len(FACTORS), 1))))
    assert mig(SPREAD, fixed) == mig(SPREAD, FACTORS)
    for score in (mig, sap, beta_vae, factor_vae, modularity, explicitness):
        assert math.isnan(score(SPREAD, np.ones(len(SPREAD))))


def test_tensors_and_lists_are_arrays():
    codes, factors = torch.tensor(SPREAD), torch.tensor(FACTORS).long()
    assert mig(codes, factors) == mig(SPREAD.tolist(), FACTORS.tolist()) == mig(SPREAD, FACTORS)


@pytest.mark.parametrize(
    ("codes", "factors", "told"),
    [
        (np.zeros((3, 2)), np.zeros(4), "3 codes and 4 rows"),
        (np.zeros((3, 2, 1)), np.zeros(3), "not of shape"),
        (np.full(3, np.nan), np.zeros(3), "no finite number"),
        ([], [], "not of shape"),
    ],
)
def test_arrays_that_do_not_fit(codes: object, factors: object, told: str):
    with pytest.raises(ValueError, match=told):
        mig(codes, factors)  # type: ignore[arg-type]


def test_partners_share_the_value():
    column = examples(500, 7)[:, 0].astype(np.int64)
    rows = np.arange(500).repeat(4).reshape(500, 4)
    partners = Groups.of(column).partner(rows, np.random.default_rng(0))
    assert (column[partners] == column[rows]).all() and len(np.unique(partners)) > 400


def test_parts_are_those_of_the_protocol():
    train, test = parts(15000)
    assert (len(train), len(test)) == (10000, 5000)
    assert sorted(np.concatenate((train, test))) == list(range(15000))


def test_mig_takes_well_under_a_second():
    factors = examples(10_000, 3, 6, 40, 32, 32)
    codes = np.random.default_rng(0).normal(size=(10_000, 10))
    began = process_time()
    mig(codes, factors)
    assert process_time() - began < 0.3


def test_they_are_there_by_name():
    for name in metrics.HOMES:
        assert getattr(metrics, name).__name__ == name
    with pytest.raises(AttributeError):
        metrics.nothing  # noqa: B018


def test_as_measures_of_a_report():
    code, factors = torch.tensor(SPREAD).float(), torch.tensor(FACTORS).long()
    found = measures()["dci"].compute(code[:300], factors[:300])
    assert list(found) == ["", "completeness", "informativeness"]
    assert measures()["mig"].compute(code, factors) == {"": mig(SPREAD.astype(np.float32), FACTORS)}
    code[0, 0] = math.nan
    assert math.isnan(measures()["mig"].compute(code, factors)[""])
    assert math.isnan(measures()["total_correlation"].compute(code))
