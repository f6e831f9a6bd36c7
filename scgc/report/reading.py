"""First stage of a report: what a run directory tells of its run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import NotARun
from scgc.ir.graph import Program
from scgc.ir.json import from_json
from scgc.train.listing import runs

Point = tuple[int, float | None]
"""A step, and a value there; None where it was no finite number."""

PARTS = {
    "nodes": "stochastic nodes",
    "train": "training",
    "evaluation": "evaluation",
    "schedules": "schedules",
}
"""Sorts of curves, with their headings."""

SHOWN = {
    "entropy": "entropy (nats)",
    "vanishing": "share of rows without gradient",
    "used": "categories drawn",
    "gradient": "gradient (mean |∂L/∂θ|)",
}
"""What has a curve of what is recorded of a node, in words."""


@dataclass(frozen=True)
class Noted:
    """What was recorded of the stochastic nodes at a step, by their names: `gradient` (the mean size of what
    reaches the distribution's parameter), `vanishing`, `entropy`, `used`, `categories`, `perplexity`."""

    step: int
    values: dict[str, dict[str, float | None]]


@dataclass(frozen=True)
class Told:
    """A run. curves: by sort and name. result: None where it is not finished."""

    name: str
    program: Program
    settings: dict[str, Any]
    result: dict[str, Any] | None
    curves: dict[tuple[str, str], list[Point]] = field(default_factory=dict)
    nodes: list[Noted] = field(default_factory=list)

    @property
    def steps(self) -> int:
        return int(self.settings["steps"])


def read_all(paths: Iterable[Path]) -> list[Told]:
    """The runs of directories, or of the folders in them, each once. Raises ProgramError (SCG511)."""
    found: dict[Path, Told] = {}
    for path in paths:
        inside = [path] if (path / "settings.json").is_file() else [run.path for run in runs(path)]
        for folder in inside or [path]:
            if folder.resolve() not in found:
                found[folder.resolve()] = read(folder)
    return list(found.values())


def read(path: Path) -> Told:
    """One run. Raises ProgramError (SCG511)."""
    try:
        settings = json.loads((path / "settings.json").read_text("utf-8"))
        stored = json.loads((path / "program.json").read_text("utf-8"))
        result = path / "result.json"
        told = Told(
            name=path.as_posix(),
            program=from_json(stored["program"]),
            settings=settings,
            result=json.loads(result.read_text("utf-8")) if result.is_file() else None,
        )
        for line in _lines(path / "metrics.jsonl"):
            _add(told, line)
        return told
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ProgramError((NotARun(span=None, path=str(path), problem=problem),)) from None


def noted(line: dict[str, Any]) -> Noted:
    """Of `{"event": "nodes", "step": 50, "nodes": {"digit.z": {"gradient": 0.1, "used": 7}}}`."""
    values = {
        node: {name: value for name, value in told.items() if not isinstance(value, dict)}
        for node, told in line["nodes"].items()
    }
    return Noted(line["step"], values)


def _lines(metrics: Path) -> Iterable[dict[str, Any]]:
    """The records; a run that is killed may leave one that is not whole."""
    for text in metrics.read_text("utf-8").splitlines():
        try:
            yield json.loads(text)
        except ValueError:
            return


def _add(told: Told, line: dict[str, Any]) -> None:
    event, step = line["event"], line["step"]
    if event == "nodes":
        told.nodes.append(noted(line))
        for node, values in told.nodes[-1].values.items():
            shown = {f"{node}: {words}": values[n] for n, words in SHOWN.items() if n in values}
            _points(told, "nodes", step, shown)
    elif event in PARTS:
        _points(told, event, step, line["values"])
        _points(told, "schedules", step, line.get("schedules", {}))


def _points(told: Told, part: str, step: int, values: dict[str, float | None]) -> None:
    for name, value in values.items():
        told.curves.setdefault((part, name), []).append((step, value))
