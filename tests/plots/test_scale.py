"""The experiment with the Gumbel scale trains as the program says, and its picture shows every scale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import scale
import torch

from scgc.pipeline import Compilation
from scgc.train.plan import Plan, Wishes, make_plan


@pytest.fixture
def plan() -> Plan:
    made = make_plan(Compilation.of(scale.PROGRAM).program, Wishes(), None)
    assert made.trainers[0].optimizer == "sgd"
    return replace(made, clock=replace(made.clock, total=250))


def test_rows_are_gradient_descent(plan: Plan) -> None:
    parameter, gradient, probability = scale.train_once(plan, "2", seed=3).unbind(1)
    torch.testing.assert_close(parameter.diff(), 0.1 * gradient[:-1])
    torch.testing.assert_close(probability, torch.sigmoid(2 * parameter))
    assert probability[0] == 0.5 and probability[-1] > 0.9


def test_a_larger_scale_keeps_gradients_larger(plan: Plan) -> None:
    late = [float(scale.train(plan, beta, seeds=2)[:, -100:, 1].mean()) for beta in ("0.5", "4")]
    assert late[1] > 1.5 * late[0]


def test_picture(plan: Plan, tmp_path: Path) -> None:
    scale.draw({beta: torch.rand(2, 250, 3) for beta in scale.BETAS}, tmp_path / "scale.svg")
    text = (tmp_path / "scale.svg").read_text(encoding="utf-8")
    assert all(f"β = {beta}" in text for beta in scale.BETAS)
