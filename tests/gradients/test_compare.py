"""The tables agree with theory: on the bandit and on the addition of digits."""

import json
from math import inf

import pytest
import torch

from scgc.cli import main
from scgc.gradients.candidates import clauses, split
from scgc.gradients.compare import Effort, Table, compare
from scgc.gradients.moments import GROUPS
from scgc.gradients.subject import Subject
from scgc.gradients.table import sentence, text
from scgc.pipeline import Compilation
from scgc.train.plan import Wishes

TRIED = "enumerate, score, score(samples = 4, baseline = leave_one_out), score(baseline = moving_average)"


def table(program: str, node: str, tried: str, patience: float = inf, **given: str) -> Table:
    """Of 100 draws, however busy the machine is, unless `patience` says otherwise."""
    torch.manual_seed(0)  # weights do not depend on the tests before
    subject = Subject.of(Compilation.of(program, None, given), Wishes())
    return compare(subject, clauses(tried), [node], Effort(100, patience=patience))[0]


@pytest.fixture(scope="module")
def bandit() -> Table:
    return table("bandit", "a", f"{TRIED}, straight_through, gumbel_softmax, rao_blackwell(k = 2)")


@pytest.fixture(scope="module")
def digits() -> Table:
    tried = f"{TRIED}, straight_through, gumbel_softmax"
    return table("digit_addition", "digit.z", tried, batch="8", data="digit_addition(pairs = 64)")


@pytest.mark.parametrize("name", ["bandit", "digits"])
def test_theory(name: str, request: pytest.FixtureRequest):
    found: Table = request.getfixturevalue(name)
    rows = {row.clause: row for row in found.rows}
    assert found.truth.startswith("exact")
    assert rows["enumerate"].variance == 0 and rows["enumerate"].bias.length < 1e-5
    unbiased = [row for row in found.rows if row.unbiased]
    assert max(unbiased, key=lambda row: row.variance).clause == "score"
    assert all(row.bias.low < 0.1 for row in unbiased)
    assert found.rows[0].clause == "enumerate"
    assert "`enumerate` has the lowest mean squared error per second" in sentence(found)
    assert [row.clause for row in found.rows if row.written] != []


def test_relaxations_are_biased(digits: Table):
    rows = {row.clause: row for row in digits.rows}
    for clause in ("straight_through", "gumbel_softmax"):
        assert not rows[clause].unbiased and rows[clause].bias.low > 0.1
    assert rows["score"].variance > 5 * rows["score(baseline = moving_average)"].variance


def test_the_draws_of_what_is_slow_are_fewer():
    fast, slow = table("bandit", "a", "score"), table("bandit", "a", "score", patience=0)
    assert all(row.draws >= 100 for row in fast.rows)
    assert all(row.draws <= GROUPS + 1 for row in slow.rows)  # a group more, of the first pass


def test_what_is_illegal_has_its_code(bandit: Table):
    assert {r.clause: r.code for r in bandit.refused} == {
        "straight_through": "SCG302",
        "gumbel_softmax": "SCG303",
    }
    assert "gumbel_softmax    SCG303: the relaxed sample `a` cannot be an index" in text(bandit)


def test_what_is_too_large_is_not_tried():
    found = table("digit_addition", "digit.z", "arm, score", batch="8", data="digit_addition(pairs = 64)")
    assert [r.clause for r in found.refused] == ["arm"] and "joint values" in found.refused[0].reason


def test_a_reference_where_not_all_is_enumerated(tmp_path):
    """A continuous node: the reference is drawn, and the score function of the normal is unbiased."""
    path = tmp_path / "steep.scg"
    path.write_text(
        "program steep\nparam m : real[2] init ones\nx ~ Normal(m, 1) via pathwise\nloss l = sum(x * x)\n"
        "train { steps = 10  optimizer = adam }\n"
    )
    found = table(str(path), "x", "score(samples = 4, baseline = leave_one_out), pathwise")
    assert found.truth.startswith("the mean of")
    assert found.length == pytest.approx(2 * 2**0.5, rel=0.1)
    assert all(row.bias.low < 0.05 for row in found.rows)


def test_what_learns_warms_up(tmp_path):
    """A control variate that has been trained takes variance away; what learns nothing is as it was."""
    path = tmp_path / "common.scg"
    path.write_text(
        "program common\nparam a : real[3, 6] init normal(0, 1)\nparam c : real[3, 6] init normal(0, 1)\n"
        "z ~ Categorical(logits = a) via score\nloss cost = (sum(z * c) - 1) ^ 2\n"
        "train { steps = 10  batch = 16  optimizer = adam }\n"
    )
    torch.manual_seed(0)  # weights do not depend on the tests before
    subject = Subject.of(Compilation.of(path), Wishes())
    tried = clauses("relax, score(baseline = moving_average), enumerate")
    fresh, warm = (
        {
            row.clause: row.variance
            for row in compare(subject, tried, ["z"], Effort(200, warm_up, inf))[0].rows
        }
        for warm_up in (0, 200)
    )
    assert warm["relax"] < 0.7 * fresh["relax"]
    assert warm["enumerate"] == fresh["enumerate"] == 0


def test_splitting():
    assert split("score(samples = 2, baseline = none), rebar") == [
        "score(samples = 2, baseline = none)",
        "rebar",
    ]


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path):
    picture = tmp_path / "b.png"
    with pytest.raises(SystemExit) as left:
        main(
            [
                "gradients",
                "bandit",
                "--estimators",
                "score",
                "--draws",
                "40",
                "--json",
                "--plot",
                str(picture),
            ]
        )
    told = json.loads(capsys.readouterr().out)
    assert left.value.code in (0, None) and picture.stat().st_size > 1000
    assert {row["estimator"] for row in told["nodes"][0]["estimators"]} >= {"score"}
    with pytest.raises(SystemExit) as left:
        main(["gradients", "bandit", "--node", "b"])
    assert left.value.code == 2
