"""The random programs find a fault: each of those in `faults.py`, planted, is found within a few programs
that touch what it breaks, and the same programs pass without it."""

from __future__ import annotations

from random import Random

import pytest
from described import Described
from drawn import draw
from faults import FAULTS, Fault
from verdict import judge

PROGRAMS, TRIES = 600, 12
"""How many programs are looked through, and of how many one at least must show a fault."""
DRAWN: dict[int, Described] = {}


def touched(fault: Fault) -> list[int]:
    """The seeds of the first programs in which the fault can be seen."""
    found: list[int] = []
    for seed in range(PROGRAMS):
        if seed not in DRAWN:
            DRAWN[seed] = draw(Random(seed))
        text = DRAWN[seed].text
        if all(piece in text for piece in fault.touches):
            found.append(seed)
        if len(found) == TRIES:
            break
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=[f.name for f in FAULTS])
def test_it_is_found(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = touched(fault)
    assert len(seeds) >= 3
    with monkeypatch.context() as patch:
        fault.plant(patch)
        caught = next((s for s in seeds if judge(DRAWN[s], s).wrong), None)
    assert caught is not None
    assert not judge(DRAWN[caught], caught).wrong
