"""The benchmark runs: every hand-written model agrees with the compiled one and is timed beside it."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest
from handwritten import names

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "steps.py"


QUICK = ("bandit", "digit_addition", "mnist_addition")


def test_programs_get_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cells = table(monkeypatch, capsys, "--programs", *QUICK, "--steps", "2", "--bf16")
    assert [row[0] for row in cells] == list(QUICK)
    assert {len(row) for row in cells} == {11}
    assert all(float(value) > 0 for row in cells for value in row[1:])


def test_a_variant_gets_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--programs", "listops", "--variant", "ground_truth", "--steps", "1")
    ((name, *values),) = table(monkeypatch, capsys, *asked)
    assert name == "listops, ground_truth"
    assert len(values) == 7


def table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *asked: str
) -> list[list[str]]:
    """The cells of what the script prints."""
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *asked, "--rounds", "1"])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()[4:]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]


@pytest.mark.parametrize("name", names())
def test_the_models_are_the_same(name: str) -> None:
    from agreement import verify_agreement
    from subject import Subject

    verify_agreement(Subject.of(name))


def test_a_model_that_differs_is_found() -> None:
    from dataclasses import replace

    import torch
    from agreement import verify_agreement
    from subject import Subject

    subject = Subject.of("digit_addition")

    def other_loss(
        model: torch.nn.Module, batch: dict[str, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        value, _ = subject.hand.loss(model, batch)
        return value, 1.001 * value

    verify_agreement(subject)
    with pytest.raises(AssertionError, match="not close"):
        verify_agreement(replace(subject, hand=replace(subject.hand, loss=other_loss)))
