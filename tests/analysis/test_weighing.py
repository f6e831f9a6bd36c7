"""Which losses weigh which node, in words; and what the figure shows of it."""

from pathlib import Path

from scgc.analysis.weighing import ALONE, CUT, NOTHING, weighings
from scgc.cli.credit import text
from scgc.draw import dot
from scgc.pipeline import Compilation
from scgc.source import Source

TWO = """## Two nodes, three losses.
program weighing
param a : real[4] init normal(0, 1)
param b : real[4, 4] init normal(0, 1)
y ~ Categorical(logits = a) via score(samples = 4, baseline = leave_one_out)
z ~ Categorical(logits = b @ y) via score(baseline = moving_average) prior uniform
loss above = sum(y * a)
loss below = sum(z * (b @ y))
loss divergence = kl(z)
"""
RELAXED = """program relaxed
param a : real[4] init normal(0, 1)
z ~ Categorical(logits = a) via gumbel_softmax
loss straight = sum(z * a)
loss still = sum(stop(z) * a)
"""


def found(text: str) -> dict:
    return {w.node: w for w in weighings(Compilation(Source("weighing.scg", text)).program)}


def test_who_weighs_whom():
    nodes = found(TWO)
    assert nodes["y"].weighed == ("above", "below", "divergence")
    assert nodes["y"].samples == 4 and nodes["y"].axes == {"y": 0}
    assert nodes["z"].weighed == ("below",)
    assert nodes["z"].left == {"above": NOTHING, "divergence": ALONE}
    assert nodes["z"].baseline == "moving_average"
    told = text(nodes["z"])
    assert "weighed by below" in told and "baseline: moving average" in told
    assert "not divergence: it depends on its distribution only" in told


def test_a_path_that_is_cut():
    assert found(RELAXED)["z"].left == {"still": CUT}


def test_calls_of_a_net_are_one_node():
    digit = weighings(Compilation.of("digit_addition").program)[0]
    assert digit.node == "digit.z" and digit.copies == ("left.z", "right.z")
    assert digit.estimator == "gumbel_softmax(tau = tau, scale = beta)"


def test_the_drawing(tmp_path: Path):
    program = Compilation(Source("weighing.scg", TWO)).program
    plain, shown = dot(program), dot(program, credit=True)
    dashed = [line for line in shown.splitlines() if "style=dashed" in line and "->" in line]
    assert len(dashed) == 4  # y by three losses, z by one
    assert "score, leave one out" in shown and "from a loss to the draws" in shown
    assert plain == dot(program, credit=False) != shown
