"""The runs in a folder with what they found out, from their files. No torch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from scgc.train.lock import held

Status = Literal["finished", "running", "broken off"]

TAIL = 1 << 16
"""Bytes at the end of the metrics in which the latest records are looked for."""


@dataclass(frozen=True)
class Listed:
    """A run. step: done so far, as far as is recorded. values: of the result, or of the latest evaluation."""

    path: Path
    program: str
    variant: str | None
    overrides: dict[str, str]
    seed: int
    step: int
    steps: int
    status: Status
    values: dict[str, float | None] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "program": self.program,
            "variant": self.variant,
            "set": self.overrides,
            "seed": self.seed,
            "step": self.step,
            "steps": self.steps,
            "status": self.status,
            "values": self.values,
        }


def runs(folder: Path) -> list[Listed]:
    """Every run in a folder and the folders in it, the oldest first; what cannot be read is left out."""
    modules = [p.with_name("module.py") for p in folder.rglob("settings.json")]
    begun = sorted((m for m in modules if m.is_file()), key=lambda m: m.stat().st_mtime)
    found = [_listed(module.parent) for module in begun]
    return [run for run in found if run is not None]


def _listed(path: Path) -> Listed | None:
    try:
        settings = json.loads((path / "settings.json").read_text("utf-8"))
        lines = _tail(path / "metrics.jsonl")
        values: dict[str, float | None] = next(
            (line["values"] for line in reversed(lines) if line["event"] == "evaluation"), {}
        )
        status: Status = "running" if held(path) else "broken off"
        if (path / "result.json").is_file():
            status, result = "finished", json.loads((path / "result.json").read_text("utf-8"))
            values = result["test"]
            values |= {f"{b} {n}": v for b, found in result["evaluations"].items() for n, v in found.items()}
        return Listed(
            path=path,
            program=settings["program"],
            variant=settings["variant"],
            overrides=settings.get("set", {}),
            seed=settings["seed"],
            step=settings["steps"] if status == "finished" else max((x["step"] for x in lines), default=0),
            steps=settings["steps"],
            status=status,
            values=values,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _tail(metrics: Path) -> list[dict[str, Any]]:
    """The latest records; a line that is not whole is left out."""
    with metrics.open("rb") as file:
        file.seek(max(0, metrics.stat().st_size - TAIL))
        *lines, _ = file.read().split(b"\n")
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # the first, cut in two
    return found
