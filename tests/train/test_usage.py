"""Which categories a training has used over an epoch."""

from __future__ import annotations

import json
from math import log
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from scgc.pipeline import Compilation
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.run import run
from scgc.train.runs import make_model
from scgc.train.usage import STEPS, Usage


class Out(NamedTuple):
    left_z: Tensor
    right_z: Tensor
    b: Tensor | None


def usage() -> Usage:
    return Usage({"digit.z": ("left_z", "right_z"), "b": ("b",)}, frozenset({"b"}))


def test_every_step_of_an_epoch_is_counted() -> None:
    """More steps than are kept; relaxed draws count as their largest entry, rows of zeros not at all."""
    counted, eye = usage(), torch.eye(4)
    for step in range(2 * STEPS + 3):
        left = 0.7 * eye[[step % 3, 0]] + 0.075
        counted.add(Out(left, torch.stack([eye[1], torch.zeros(4)]), torch.tensor([[0.0, 0.9]])))
    steps = 2 * STEPS + 3
    found = counted.facts()
    assert found["digit.z"]["drawn"] == 3 * steps and found["digit.z"]["used"] == 3
    assert counted.counts["digit.z"].tolist()[3] == 0
    assert found["b"] == {"drawn": 2 * steps, "categories": 2, "used": 2, "perplexity": pytest.approx(2)}
    counted.turn()
    counted.add(Out(eye[[3]], eye[[3]], None))
    assert counted.facts() == found  # of the epoch before
    counted.turn()
    assert counted.facts()["digit.z"]["used"] == 1 and "b" not in counted.facts()


def test_batches_may_differ_in_the_number_of_categories() -> None:
    """Parents of words, say, in sentences of different lengths; counted at once and one after the other."""
    counted = usage()
    for width in (3, 5, 2):
        counted.add(Out(torch.eye(width), torch.eye(width)[:1], None))
    assert counted.tensors()["usage:now:digit.z"].tolist() == [6, 3, 2, 1, 1]
    counted.add(Out(torch.eye(7)[[6]], torch.eye(2)[[1]], None))
    assert counted.tensors()["usage:now:digit.z"].tolist() == [6, 4, 2, 1, 1, 0, 1]


def test_a_run_on_sentences_of_different_lengths(tmp_path: Path) -> None:
    compilation = Compilation.of("listops", overrides={"data.per_depth": "40", "batch": "20", "rounds": "1"})
    result = run(Compiled.of(compilation), Wishes(epochs=2, device="cpu", out=tmp_path / "run"))
    assert result.steps == 2 * 5 * 40 / 20


def test_it_goes_on_from_a_checkpoint() -> None:
    one, other = usage(), usage()
    one.add(Out(torch.eye(4), torch.eye(4)[:2], torch.ones(3)))
    one.turn()
    one.add(Out(torch.eye(4)[:1], torch.eye(4)[:1], None))
    other.restore(one.tensors(), torch.device("cpu"))
    assert other.facts() == one.facts()
    assert {n: x.tolist() for n, x in other.tensors().items()} == {
        n: x.tolist() for n, x in one.tensors().items()
    }


@pytest.mark.parametrize(
    ("name", "set_", "nodes"),
    [
        ("digit_addition", {}, {"digit.z": ("left_z", "right_z")}),
        ("bandit", {}, {"a": ("a",)}),
        ("bandit", {"a.via": "enumerate"}, {}),
        ("vsgae", {}, None),
    ],
)
def test_the_nodes_of_a_program(name: str, set_: dict[str, str], nodes: dict[str, Any] | None) -> None:
    """Those that draw at random, each with a field of the output for every call."""
    compiled = Compiled.of(Compilation.of(name, None, set_))
    model = make_model(compiled.module, compiled.program.name, {})
    found = Usage.of(compiled.program, model)
    assert nodes is None or found.fields == nodes
    assert all(field in model.Output._fields for fields in found.fields.values() for field in fields)


def test_a_run_tells_of_whole_epochs(tmp_path: Path) -> None:
    """512 examples, two digits each; the evaluation in the middle of an epoch tells of the one before."""
    compiled = Compiled.of(Compilation.of("digit_addition", None, {"data.pairs": "512", "epochs": "2"}))
    run(compiled, Wishes(device="cpu", out=tmp_path / "run"))
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    told = [line["nodes"]["digit.z"] for line in lines if line["event"] == "nodes"]
    assert told and told[-1]["drawn"] == 2 * 512 and told[-1]["categories"] == 19
    assert 1 <= told[-1]["perplexity"] <= told[-1]["used"] <= 19 and log(told[-1]["perplexity"]) > 0
