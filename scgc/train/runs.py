"""The directory of a run: what was run, how it went, and the trained model.

program.scg         the program as it was
module.py           the generated module
settings.json       every setting, versions, seed
metrics.jsonl       a line for each record: training and evaluation
best.safetensors    the best checkpoint, where the program selects one
last.safetensors    the latest checkpoint
result.json         the result; there once the run is finished
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from inspect import signature
from pathlib import Path
from typing import IO, Any

from safetensors import SafetensorError

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import NotARun, UnknownFormat
from scgc.emit.load import load_source, model_class
from scgc.runtime import Model
from scgc.train.checkpoints import load_state, save_state, write_whole
from scgc.train.state import State


@dataclass
class RunDirectory:
    """A run's directory while it is being written; also a watcher of the loop."""

    path: Path
    metrics: IO[str]

    @classmethod
    def create(cls, path: Path | None, name: str) -> RunDirectory:
        """A new directory, or an empty one that is there. Raises ProgramError (SCG514)."""
        path = path or _fresh(name)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                _cannot_write(path, "it is not empty", "choose another folder with --out.")
            return cls(path, (path / "metrics.jsonl").open("w", encoding="utf-8"))
        except OSError as error:
            _cannot_write(path, error.strerror or str(error), "choose another folder with --out.")
            raise

    def write(self, name: str, content: str | dict[str, Any]) -> None:
        text = content if isinstance(content, str) else json.dumps(finite(content), indent=2) + "\n"
        write_whole(self.path / name, text.encode())

    def save(self, model: Model, name: str) -> None:
        save_state(model, self.path / f"{name}.safetensors")

    def record(self, event: str, state: State, **values: Any) -> None:
        line = {"event": event, "step": state.step, **values}
        self.metrics.write(json.dumps(finite(line)) + "\n")
        self.metrics.flush()

    def trained(self, state: State, values: dict[str, float], schedules: dict[str, float]) -> None:
        self.record("train", state, values=values, schedules=schedules)

    def evaluated(self, state: State, values: dict[str, float], best: bool) -> None:
        self.record("evaluation", state, values=values, best=best)

    def close(self) -> None:
        self.metrics.close()


def finite(value: Any) -> Any:
    """JSON has no infinity: such numbers become null."""
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _fresh(name: str) -> Path:
    """A name below `runs/` that is free."""
    stem = f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    candidates = (Path("runs") / (stem if i == 0 else f"{stem}-{i}") for i in range(1000))
    return next(path for path in candidates if not path.exists())


def _cannot_write(path: Path, problem: str, known: str) -> None:
    raise ProgramError((UnknownFormat(span=None, path=str(path), problem=problem, known=known),))


# ---- reading


def load_run(path: Path | str) -> Model:
    """The trained model of a run, in evaluation mode, on the CPU. Raises ProgramError (SCG511)."""
    folder = Path(path)
    for name in ("settings.json", "module.py"):
        if not (folder / name).is_file():
            raise _no_run(folder, f"there is no {name}")
    try:
        settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        checkpoint = folder / f"{_selected(folder)}.safetensors"
        if not checkpoint.is_file():
            raise _no_run(folder, "nothing was saved before it ended")
        text = (folder / "module.py").read_text(encoding="utf-8")
        model = make_model(text, settings["program"], settings["dims"])
        load_state(model, checkpoint)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _no_run(folder, reason) from None
    return model.eval()


def _selected(folder: Path) -> str:
    """The checkpoint that is the result; the best so far of a run that was broken off."""
    result = folder / "result.json"
    if result.is_file():
        return str(json.loads(result.read_text(encoding="utf-8"))["checkpoint"])
    return "best" if (folder / "best.safetensors").is_file() else "last"


def _no_run(folder: Path, problem: str) -> ProgramError:
    return ProgramError((NotARun(span=None, path=str(folder), problem=problem),))


def make_model(text: str, name: str, dims: dict[str, int]) -> Model:
    """An instance of the program in a generated module; of `dims` it takes those that it asks for."""
    class_ = model_class(load_source(text, name))
    asked = signature(class_).parameters
    return class_(**{n: size for n, size in dims.items() if n in asked})
