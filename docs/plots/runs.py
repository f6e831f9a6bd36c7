"""Finished runs, as `scgc run` leaves them: how the test data was met over the epochs, and the result.

Needs nothing but the run directories: neither scgc nor torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """A finished run.

    kind: its variant, or the program where it has none. epochs, values: of its evaluations, one metric.
    test: the selected checkpoint's losses and metrics. measures: of its `evaluate` blocks, those of one name
    averaged: of the matched accuracies of the left and of the right digit the mean.
    """

    kind: str
    seed: int
    epochs: tuple[float, ...]
    values: tuple[float, ...]
    test: dict[str, float]
    measures: dict[str, float]
    seconds: float


def read(folder: Path, metric: str = "accuracy") -> Run | None:
    """The run of a directory; None where it is not finished."""
    if not (folder / "result.json").is_file():
        return None
    settings, result = load(folder / "settings.json"), load(folder / "result.json")
    evaluations = [line for line in records(folder) if line["event"] == "evaluation"]
    return Run(
        kind=result["variant"] or result["program"],
        seed=result["seed"],
        epochs=tuple(line["step"] / settings["steps_per_epoch"] for line in evaluations),
        values=tuple(line["values"][metric] for line in evaluations),
        test=result["test"],
        measures=measures(result["evaluations"].values()),
        seconds=result["seconds"],
    )


def measures(blocks: Iterable[dict[str, float]]) -> dict[str, float]:
    """`used(left.z)` -> `used`: means over what the same function measures."""
    gathered: dict[str, list[float]] = {}
    for block in blocks:
        for text, value in block.items():
            gathered.setdefault(text.partition("(")[0], []).append(value)
    return {name: sum(values) / len(values) for name, values in gathered.items()}


def by_kind(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """In the order in which they are met, the runs of a kind by seed."""
    kinds: dict[str, list[Run]] = {}
    for run in runs:
        kinds.setdefault(run.kind, []).append(run)
    return {kind: sorted(same, key=lambda run: run.seed) for kind, same in kinds.items()}


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def records(folder: Path) -> list[dict[str, Any]]:
    with (folder / "metrics.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
