"""Rates, in steps."""

import pytest

from scgc.ir.graph import Rate
from scgc.train.clock import Clock


def rate(count: float, per: str) -> Rate:
    return Rate(count=count, per=per)  # type: ignore[arg-type]


@pytest.mark.parametrize("per_epoch", [7, 8, 9, 375, 1875])
def test_eight_ticks_in_every_epoch(per_epoch: int):
    clock = Clock(5 * per_epoch, per_epoch, rate(8, "epoch"), None)
    assert [clock.t(e * per_epoch) for e in range(6)] == [0, 8, 16, 24, 32, 40]
    times = [clock.t(s) for s in range(5 * per_epoch)]
    assert times == sorted(times)


def test_a_tick_every_step():
    clock = Clock(10, 4, rate(1, "step"), None)
    assert [clock.t(s) for s in range(5)] == [0, 1, 2, 3, 4]
    assert clock.epoch(6) == 1.5 and clock.progress(5) == 0.5


def test_evaluations_fall_on_fractions_of_an_epoch():
    clock = Clock(20, 10, rate(1, "step"), rate(2, "epoch"))
    assert [s for s in range(1, 21) if clock.evaluates(s)] == [5, 10, 15, 20]
    rarely = Clock(35, 10, rate(1, "step"), rate(0.5, "epoch"))
    assert [s for s in range(1, 36) if rarely.evaluates(s)] == [20, 35]


def test_the_end_is_always_evaluated():
    clock = Clock(7, None, rate(1, "step"), None)
    assert [s for s in range(1, 8) if clock.evaluates(s)] == [7]
