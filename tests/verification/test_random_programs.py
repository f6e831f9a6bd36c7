"""Hundreds of random programs: the mean of what they draw is the sum over everything that can be drawn.

`python tests/verification` tries more. A failure names the seed: `python tests/verification --show SEED`.
"""

from __future__ import annotations

from random import Random

import pytest
from drawn import draw
from verdict import judge

from scgc.estimators import estimators

GROUPS, EACH = 8, 25


@pytest.mark.parametrize("group", range(GROUPS))
def test_no_bias(group: int) -> None:
    for seed in range(group * EACH, (group + 1) * EACH):
        verdict = judge(draw(Random(seed)), seed)
        assert not verdict.wrong, f"seed {seed}: {verdict.worst}, chance {verdict.chance:.1e}"


def test_every_estimator_is_tried() -> None:
    """Those without bias, each in five programs at least; what is new in the registry too."""
    texts = [draw(Random(seed)).text for seed in range(GROUPS * EACH)]
    for name, estimator in estimators().items():
        if not estimator.biased:
            assert sum(f"via {name}" in text for text in texts) >= 5, name


def test_everything_stands_everywhere() -> None:
    """Nets, mapped and called again, loops, masks, lengths, observed nodes, divergences."""
    texts = [draw(Random(seed)).text for seed in range(GROUPS * EACH)]
    for piece in ("net f", "net g", "(stack(", "for i in", "where on", "size n", "nll(", "= kl(", "input p"):
        assert sum(piece in text for text in texts) >= 10, piece
