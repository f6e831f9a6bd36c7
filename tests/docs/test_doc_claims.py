"""What docs/language.md says of precedence, names, defaults and overrides holds."""

from __future__ import annotations

import re

import pytest
import torch
from pages import ROOT, page

from scgc.analysis.evaluating import EVALUATE_SETTINGS
from scgc.analysis.overrides import TRAIN_SETTINGS
from scgc.emit.load import load_model
from scgc.pipeline import Compilation
from scgc.source import Source

PAGE = page(ROOT / "docs" / "language.md")
CHOICE = next(b.text for b in PAGE.blocks if "\nprogram choice\n" in f"\n{b.text}")


def codes(text: str, variant: str | None = None, **overrides: str) -> list[str]:
    given = {name.replace("__", "."): value for name, value in overrides.items()}
    return [d.code for d in Compilation(Source("page.scg", text), variant, given).diagnostics]


def value(expression: str, **inputs: list[float]) -> torch.Tensor:
    declared = "\n".join(f"input {name} : real[{len(x)}]" for name, x in inputs.items())
    model = load_model(Compilation(Source("page.scg", f"{declared}\ny = {expression}")), {})
    return model(**{name: torch.tensor([x]) for name, x in inputs.items()}).y


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("-x ^ 2", [-4.0, -9.0]),
        ("1 - x |> exp", [float(torch.tensor(-1.0).exp()), float(torch.tensor(-2.0).exp())]),
        ("x / 2", [1.0, 1.5]),
        ("ones(5 / 2) * x", [2.0, 3.0]),
        ("max(x, 2.5)", [2.5, 3.0]),
        ("where(not x > 2 or x > 2 and x < 1, 1, 0)", [1, 0]),
    ],
)
def test_expressions(expression: str, expected: list[float]) -> None:
    torch.testing.assert_close(value(expression, x=[2.0, 3.0]), torch.tensor([expected]), check_dtype=False)


def test_reductions_take_their_axis_by_name() -> None:
    torch.testing.assert_close(value("max(x, axis = 0)", x=[2.0, 3.0]), torch.tensor([3.0]))


def test_every_setting_is_described() -> None:
    rows = set(re.findall(r"^\| `(\w+) = .* \|$", PAGE.text, re.MULTILINE))
    assert set(TRAIN_SETTINGS) - {"steps"} | set(EVALUATE_SETTINGS) <= rows
    assert "or `steps = 5000`" in PAGE.text


def test_every_estimator_is_described() -> None:
    from scgc.estimators import estimators

    for name, declared in estimators().items():
        options = ", ".join(f"{s.name} = {s.default.span.text}" for s in declared.parsed.slots if s.default)
        assert f"| `{name}({options})` |" in PAGE.text or f"| `{name}` |" in PAGE.text, name


@pytest.mark.parametrize("name", ["data", "true", "false"])
def test_names_that_are_refused(name: str) -> None:
    assert codes(f"{name} = 3") == ["SCG106"]


@pytest.mark.parametrize("name", ["propagate", "range", "mask", "over", "with", "times"])
def test_names_of_the_grammar_s_other_words_are_free(name: str) -> None:
    assert codes(f"{name} = 3\nother = {name}") == []


@pytest.mark.parametrize("name", ["t", "step", "epoch", "progress"])
def test_names_of_the_clock(name: str) -> None:
    assert codes(f"dim {name} = 3") == ["SCG106"]
    assert codes(f"schedule {name} = 3") == ["SCG106"]
    assert codes(f"{name} = 3") == []


def test_what_may_be_replaced() -> None:
    for name, value_ in {
        "beta": "0.5",
        "K": "7",
        "logits": "linear(x, K)",
        "error": "mean(logits)",
        "z.via": "score",
        "z.prior": "uniform",
        "pick.z.via": "score",
        "batch": "64",
        "steps": "10",
        "select": "last",
        "evaluate": "2 per epoch",
        "optimizer.lr": "1e-2",
        "data.test": '"test.npz"',
    }.items():
        found = Compilation(Source("page.scg", CHOICE), None, {name: value_}).diagnostics
        assert [d.code for d in found if d.severity == "error"] == [], name


@pytest.mark.parametrize("name", ["x", "pick", "pick.z", "pick.x", "logits.via", "nothing"])
def test_what_may_not_be_replaced(name: str) -> None:
    found = Compilation(Source("page.scg", CHOICE), None, {name: "x"}).diagnostics
    assert "SCG115" in [d.code for d in found]


def test_steps_and_epochs_replace_each_other() -> None:
    train = Compilation(Source("page.scg", CHOICE), "scored").program.train
    assert train is not None and (train.steps, train.epochs) == (2000, None)


def test_the_defaults_of_settings() -> None:
    train = Compilation(
        Source("page.scg", "param w : real init ones\nloss l = w ^ 2\ntrain { steps = 3  optimizer = sgd }")
    ).program.train
    assert train is not None
    assert (train.batch, train.ticks.count, train.ticks.per, train.select.rule) == (1, 1, "step", "last")
    assert train.evaluate is None and train.data is None


def test_bits_are_the_compilers_own() -> None:
    assert codes("input x : bit[3]") == ["SCG217"]


def test_limits_of_estimators() -> None:
    node = "param w : real[17]\nz ~ Bernoulli(logits = w) via {}\nloss l = sum(z)"
    assert codes(node.format("enumerate")) == ["SCG310"]
    assert codes(node.format("score(baseline = leave_one_out)")) == ["SCG211"]
    assert codes(node.format("score(samples = 2, baseline = leave_one_out)")) == []


def test_hard_draws_need_no_derivative() -> None:
    node = "param w : real[3]\nparam C : real[3]\nz ~ Categorical(logits = w) via {}\nloss l = C[z]"
    assert codes(node.format("score")) == codes(node.format("enumerate")) == []
    assert codes(node.format("gumbel_softmax")) == ["SCG303"]
    assert codes(node.format("straight_through")) == ["SCG302"]


def test_schedules_have_a_value_at_the_start() -> None:
    assert codes("schedule a = 1 / t") == ["SCG223"]
    assert codes("schedule a = 1 / (1 + t)") == []


def test_divergences_without_a_closed_form_want_a_draw() -> None:
    node = "input x : real[3]\nq = Laplace(x, 1)\nz ~ q prior Gumbel(0, 1)\na = {}"
    assert codes(node.format("kl(z)")) == []
    assert codes(node.format("kl(q, Gumbel(0, 1), at = z)")) == []
    assert codes(node.format("kl(q, Gumbel(0, 1))")) == ["SCG201"]
