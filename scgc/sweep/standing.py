"""How far the cells of a sweep are, from their folders. No torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.running import OtherSweep
from scgc.ir.graph import Program
from scgc.ir.json import to_json
from scgc.sweep.grid import Cell
from scgc.train.plan import Wishes

Status = Literal["new", "broken off", "failed", "finished"]

ERROR = "error.txt"
"""In the folder of a cell that failed: what it said."""
SAME = ("seed", "steps", "epochs", "precision")
"""Wishes that decide about what comes out."""


@dataclass(frozen=True)
class Standing:
    """A cell's run. result: what its `result.json` holds. error: the text of its failure."""

    status: Status
    result: dict[str, Any] | None = None
    error: str | None = None


def standing(folder: Path) -> Standing:
    """Of the run in a folder; `new` where it has not begun."""
    if (folder / "result.json").is_file():
        try:
            return Standing("finished", json.loads((folder / "result.json").read_text("utf-8")))
        except (OSError, ValueError) as error:
            return Standing("failed", error=f"{folder / 'result.json'} cannot be read: {error}")
    if (folder / ERROR).is_file():
        return Standing("failed", error=(folder / ERROR).read_text("utf-8"))
    return Standing("broken off" if begun(folder) else "new")


def begun(folder: Path) -> bool:
    """Whether there is a run to go on with."""
    return (folder / "settings.json").is_file()


def verify_same(folder: Path, cell: Cell, program: Program, wishes: Wishes) -> None:
    """What a folder holds is the run that the cell asks for. Raises ProgramError (SCG526)."""
    if not begun(folder):
        return
    try:
        settings = json.loads((folder / "settings.json").read_text("utf-8"))
        stored = json.loads((folder / "program.json").read_text("utf-8"))
        before = settings["wishes"]
        changed = [name for name in SAME if before.get(name, getattr(wishes, name)) != getattr(wishes, name)]
        if stored["program"] != to_json(program):
            changed.append("program")
    except (OSError, ValueError, KeyError, TypeError):
        changed = ["run"]
    if changed:
        what = ", ".join(changed)
        raise ProgramError((OtherSweep(span=None, path=str(folder.parent), cell=cell.name, what=what),))
