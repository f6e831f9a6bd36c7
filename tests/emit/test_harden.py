"""`harden`, draws that stay relaxed, and schedules that are a number of their own outside of training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

import scgc
from scgc.diagnostics.base import ProgramError

CODE = """program code
input x : real[6]
schedule scale = cosine(0.5, 2) else 0
net decode(v : real[2]) -> real[6] { return linear(v, 5) |> tanh |> linear(6) }
z ~ Categorical(logits = reshape(linear(x, 8), 2, 4)) prior uniform
  via gumbel_softmax(tau = 1, scale, soft = true)
b ~ Bernoulli(logits = linear(x, 2)) via gumbel_softmax(tau = 2)
e ~ Normal(mean = zeros(2), std = 1)
v = z @ linspace(-1, 1, 4) + b + e
loss recon = sum((linear(decode(v), 6) - x) ^ 2)
loss rate  = kl(z)
metric hard = harden(recon + rate)
metric same = recon |> harden
"""


@pytest.fixture
def model(tmp_path: Path) -> Any:
    path = tmp_path / "code.scg"
    path.write_text(CODE)
    torch.manual_seed(0)
    return scgc.load(path)


def by_hand(model: Any, x: torch.Tensor, out: Any) -> torch.Tensor:
    z = F.one_hot(out.z.argmax(-1), 4).float()
    v = z @ torch.linspace(-1, 1, 4) + (out.b > 0.5).float() + out.e
    layers = [m for n, m in model.named_children() if n.startswith("linear")]
    return (layers[-1](model.decode(v)) - x).square().sum(-1)


@pytest.mark.parametrize("training", [True, False])
def test_relaxed_draws_are_rounded_others_kept(model: Any, training: bool) -> None:
    model.train(training)
    x = torch.randn(7, 6)
    out = model(x)
    expected = by_hand(model, x, out)
    torch.testing.assert_close(out.same, expected)
    torch.testing.assert_close(out.hard, expected + out.rate)
    assert training == bool(((out.b != 0) & (out.b != 1)).any())


def test_it_has_the_parameters_of_what_it_hardens(model: Any) -> None:
    assert sum(p.numel() for p in model.parameters()) == (6 + 1) * 8 + (6 + 1) * 2 + 3 * 5 + 6 * 6 + 7 * 6


def test_a_soft_draw_is_relaxed_in_evaluation_and_hard_at_its_mode(model: Any) -> None:
    x = torch.randn(5, 6)
    model.advance(progress=1.0)
    model.eval()
    z = model(x).z
    logits = model.linear1(x).unflatten(-1, (2, 4))
    torch.testing.assert_close(z, logits.softmax(-1))  # the scale is 0
    model.set_sampling("mode")
    assert torch.equal(model(x).z, F.one_hot(logits.argmax(-1), 4).float())


def test_a_schedule_is_another_number_outside_of_training(model: Any) -> None:
    model.advance(progress=1.0)
    assert model.train().schedule_values() == {"scale": 2.0}
    assert model.eval().scale == 0.0
    assert model.train().scale == 2.0
    assert "scale" not in model.state_dict()  # what is kept is the value in training


def test_a_program_without_relaxed_draws_is_hard_already(tmp_path: Path) -> None:
    path = tmp_path / "code.scg"
    path.write_text(CODE)
    model = scgc.load(path, set={"z.via": "score", "b.via": "score"})
    out = model(torch.randn(4, 6))
    assert torch.equal(out.same, out.recon)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("c = code(x)\nmetric m = harden(sum(c))", "it is drawn in `code`"),
        ("c = code(x)\nmetric m = harden(sum(c.z))", "it is drawn in `code`"),
        ("s = 0.0\nfor i in range(3) { u ~ Bernoulli(logits = x[i]) via gumbel_softmax\n s <- s + u }\n"
         "metric m = harden(s)", "it is drawn in a loop"),
        ("z ~ Bernoulli(logits = x) via gumbel_softmax\ns = 0.0\nfor i in range(3) { s <- s + z[i] }\n"
         "metric m = harden(s)", "is not computed anew"),
        ("k ~ TopK(x, k = 2) via marginals\nmetric m = harden(sum(k))", "no entries that one rounds"),
    ],
)  # fmt: skip
def test_what_it_cannot_reach_is_told(tmp_path: Path, text: str, told: str) -> None:
    body = "{\n z ~ Categorical(logits = linear(x, 3)) via gumbel_softmax\n return z\n}\n"
    net = f"net code(x : real[6]) -> real[3] {body}"
    path = tmp_path / "p.scg"
    path.write_text(f"input x : real[6]\n{net if 'code(' in text else ''}{text}\n")
    with pytest.raises(ProgramError) as caught:
        scgc.load(path)
    [found] = [d for d in caught.value.diagnostics if d.severity == "error"]
    assert found.code == "SCG334" and told in found.words(found.label)


def test_it_takes_one_expression(tmp_path: Path) -> None:
    path = tmp_path / "p.scg"
    path.write_text("input x : real[6]\nmetric m = harden(sum(x), 2)\n")
    assert [d.code for d in scgc.check(path) if d.severity == "error"] == ["SCG105"]


def test_a_loss_has_no_gradient_through_it(tmp_path: Path) -> None:
    path = tmp_path / "p.scg"
    path.write_text(
        "input x : real[6]\nz ~ Bernoulli(logits = linear(x, 6)) via gumbel_softmax\n"
        "loss m = harden(sum(z))\n"
    )
    assert "SCG302" in [d.code for d in scgc.check(path)]
