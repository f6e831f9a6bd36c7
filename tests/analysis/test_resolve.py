"""`use`, variants and overrides: one flat list of declarations."""

from __future__ import annotations

from pathlib import Path

import pytest

from scgc.checking import check
from scgc.diagnostics.base import ProgramError
from scgc.ir.graph import Program, TextOption
from scgc.pipeline import Compilation
from scgc.source import Source

BASE = """
program base
dim D = 8
schedule beta = 1
input x : real[2]
input label : class(4)
net sort(x : real[2]) -> real[4] {
  z ~ Categorical(logits = linear(x, 4)) via gumbel_softmax(tau = 1, scale = beta)
  return linear(linear(z, D), 4)
}
logits = sort(x)
loss error = cross_entropy(logits, label)
train { data = clusters(classes = 4)  batch = 16  epochs = 3  optimizer = adam(lr = 1e-3) }
variant rising { beta = 1 - exp(-0.1 * t)  optimizer = sgd(lr = 0.5) }
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "base.scg").write_text(BASE)
    return tmp_path / "base.scg"


def program(path: Path, variant: str | None = None, **overrides: str) -> Program:
    return Compilation.of(path, variant, {k.replace("__", "."): v for k, v in overrides.items()}).program


def codes(path: Path, variant: str | None = None, **overrides: str) -> list[str]:
    found = Compilation.of(path, variant, {k.replace("__", "."): v for k, v in overrides.items()})
    return [d.code for d in found.diagnostics]


def test_a_variant_replaces_by_name(base: Path):
    changed = program(base, "rising")
    assert changed.schedules[0].body
    assert changed.train and changed.train.players[0].optimizer.name == "sgd"
    assert not program(base).schedules[0].body


def test_overrides_come_after_the_variant(base: Path):
    changed = program(base, "rising", beta="2", D="16", batch="32", optimizer__lr="0.25", steps="7")
    assert changed.schedules[0].result == 2
    assert changed.dims[0].value.value == 16
    assert changed.train and (changed.train.batch, changed.train.steps, changed.train.epochs) == (32, 7, None)
    assert changed.train.players[0].optimizer.inputs["lr"] == 0.25


def test_an_option_that_stands_without_its_name_is_replaced_too():
    text = "program p\ninput x : real[2]\nloss l = sum(linear(x, 1))\ntrain {\n"
    text += '  data = npz("a.npz", "b.npz")  steps = 3  optimizer = adam(1e-3)\n}\n'
    changed = Compilation(Source("p.scg", text), None, {"data.test": '"c.npz"', "optimizer.lr": "0.5"})
    train = changed.program.train
    assert train and train.data and train.players[0].optimizer.inputs["lr"] == 0.5
    assert train.data.options["train"] == TextOption(text="a.npz")
    assert train.data.options["test"] == TextOption(text="c.npz")


@pytest.mark.parametrize("key", ["z__via", "sort__z__via"])
def test_an_estimator_inside_a_net_changes_in_one_word(base: Path, key: str):
    changed = program(base, **{key: "score"})
    assert [s.estimator.name for s in changed.net("sort").body if s.form == "sample"] == ["score"]


def test_what_names_nothing_is_an_error(base: Path):
    assert codes(base, bta="1") == ["SCG115"]
    assert codes(base, y__via="score") == ["SCG115"]
    assert codes(base, "rise") == ["SCG110"]
    assert codes(base, beta="1 +") == ["SCG116"]


def test_a_node_may_be_replaced_by_a_value(tmp_path: Path):
    (tmp_path / "p.scg").write_text(
        """
        input x : real[4]
        input kind : class(3)
        z ~ Categorical(logits = linear(x, 3)) via gumbel_softmax(tau = 1)
        loss error = sum(linear(z, 2))
        variant truth { z = onehot(kind, 3) }
        """
    )
    changed = program(tmp_path / "p.scg", "truth")
    assert [s.form for s in changed.body if s.result == "z"] == ["apply"]


def test_use_takes_over_and_is_replaced_in_place(base: Path, tmp_path: Path):
    (tmp_path / "sibling.scg").write_text(
        """
        use "base.scg"
        schedule beta = 3
        train { epochs = 9 }
        """
    )
    changed = program(tmp_path / "sibling.scg")
    assert changed.name == "sibling"
    assert [s.result for s in changed.schedules] == [3]
    assert changed.train and (changed.train.epochs, changed.train.batch) == (9, 16)


def test_variants_of_a_used_file_are_tried_on_the_whole(base: Path, tmp_path: Path):
    (tmp_path / "sibling.scg").write_text('use "base.scg"\ndim beta = 1\nvariant own { D = 16 }')
    sibling = Compilation.of(tmp_path / "sibling.scg")
    assert sibling.variants == ("rising", "own")
    told = [(variant, d) for variant, d in check(sibling) if d.severity == "error"]
    assert {variant for variant, _ in told} == {"rising"}
    assert all(Path(d.span.source.path) == base for _, d in told if d.span)
    assert not [d for _, d in check(Compilation.of(base)) if d.severity == "error"]


def test_use_goes_in_no_circle_and_not_outside(tmp_path: Path):
    (tmp_path / "a.scg").write_text('use "b.scg"\nloss error = 1.0')
    (tmp_path / "b.scg").write_text('use "a.scg"')
    assert "SCG107" in codes(tmp_path / "a.scg")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "c.scg").write_text('use "../a.scg"')
    assert codes(tmp_path / "inner" / "c.scg") == ["SCG108"]


def test_an_unknown_program_names_the_nearest():
    with pytest.raises(ProgramError, match="SCG501"):
        Compilation.of("mnist_additon")


def test_what_is_new_stands_before_what_it_replaces(base: Path, tmp_path: Path):
    """A declaration may read what the same file declares in front of it."""
    (tmp_path / "first.scg").write_text("input x : real[3]\nloss error = sum(x)\nmetric half = error / 2")
    (tmp_path / "second.scg").write_text(
        'use "first.scg"\ndim k = 3\nloss error = k * sum(x)\nmetric twice = 2 * half'
    )
    found = program(tmp_path / "second.scg")
    assert [c.name for c in (*found.losses, *found.metrics)] == ["error", "half", "twice"]


def test_a_file_that_two_use_is_taken_over_once(tmp_path: Path):
    (tmp_path / "first.scg").write_text("input x : real[3]\na = 2 * x\nb = 3 * x\nloss error = sum(a * b)")
    (tmp_path / "left.scg").write_text('use "first.scg"\na = 5 * x')
    (tmp_path / "right.scg").write_text('use "first.scg"\nb = 7 * x')
    (tmp_path / "both.scg").write_text('use "left.scg"\nuse "right.scg"')
    found = program(tmp_path / "both.scg")
    factors = {s.result: set(getattr(s, "inputs", {}).values()) for s in found.body}
    assert 5 in factors["a"] and 7 in factors["b"]


def test_players_are_replaced_by_what_they_train(tmp_path: Path):
    (tmp_path / "p.scg").write_text(
        "param a, b : real\n".replace("a, b", "a") + "param b : real\nloss u = a ^ 2\nloss v = b ^ 2\n"
        "train { steps = 3  minimize u over a with adam()  minimize v over b with adam() }\n"
        "variant fast { b.optimizer.lr = 0.5  b.times = 4 }"
    )
    players = program(tmp_path / "p.scg", "fast").train.players  # type: ignore[union-attr]
    assert [(p.times, p.optimizer.inputs["lr"]) for p in players] == [(1, 1e-3), (4, 0.5)]
