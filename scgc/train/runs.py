"""The directory of a run: what was run, how it went, and the trained model.

program.scg           the program as it was
program.json          its graph and what belongs to it, for `--resume`
module.py             the generated module
settings.json         every setting, versions, seed
metrics.jsonl         a line for each record: training and evaluation
tensorboard/          the same for TensorBoard
*.safetensors         checkpoints: `keeping.py`
result.json           the result; there once the run is finished
.scgc.lock            held by the process that runs
"""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from inspect import signature
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import NotARun, UnknownFormat
from scgc.emit.load import load_source, model_class
from scgc.runtime import Model
from scgc.train.board import Board
from scgc.train.checkpoints import Damaged, load_state, write_whole
from scgc.train.keeping import BEST, LAST, PREVIOUS, not_kept
from scgc.train.lock import LOCK, hold
from scgc.train.state import State

METRICS = "metrics.jsonl"
SEEDS = "seeds.json"
"""In the folder of several runs that differ in the seed: how they are made."""
BEGUN = "settings.json"
"""The last of the files that are written before training: without it nothing has begun."""


@dataclass
class RunDirectory:
    """A run's directory while it is written, held against other processes; also a watcher of the loop."""

    path: Path
    metrics: BinaryIO
    lock: FileLock
    board: Board

    @classmethod
    def create(cls, path: Path | None, name: str) -> RunDirectory:
        """A new directory, or an empty one that is there. Raises ProgramError (SCG514, SCG522)."""
        path = path or fresh(name)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()) and not (path / LOCK).exists():
                _cannot_write(path, "it is not empty", "choose another folder with --out.")
            lock = hold(path)
            if (path / BEGUN).exists():
                lock.release()
                advice = f"choose another folder with --out, or go on with `scgc run --resume {path}`."
                _cannot_write(path, "it holds a run", advice)
            return cls(path, (path / METRICS).open("wb", buffering=0), lock, Board(path))
        except OSError as error:
            _cannot_write(path, error.strerror or str(error), "choose another folder with --out.")
            raise

    @classmethod
    def reopen(cls, path: Path) -> RunDirectory:
        """That of a run that has begun. Raises ProgramError (SCG511, SCG522)."""
        if not (path / BEGUN).is_file():
            raise no_run(path, f"there is no {BEGUN}")
        try:
            lock = hold(path)
            return cls(path, (path / METRICS).open("ab", buffering=0), lock, Board(path))
        except OSError as error:
            raise not_kept(path, error) from None

    def write(self, name: str, content: str | dict[str, Any]) -> None:
        """Raises ProgramError (SCG521)."""
        text = content if isinstance(content, str) else json.dumps(finite(content), indent=2) + "\n"
        try:
            write_whole(self.path / name, text.encode())
        except OSError as error:
            raise not_kept(self.path, error) from None

    def record(self, event: str, state: State, **values: Any) -> None:
        """Add a line to the metrics. Raises ProgramError (SCG521)."""
        line = finite({"event": event, "step": state.step, **values})
        rest = (json.dumps(line) + "\n").encode()
        try:
            while rest:
                rest = rest[self.metrics.write(rest) :]
            self.board.add(line)
        except OSError as error:
            raise not_kept(self.path, error) from None

    def settle(self) -> int:
        """Have the metrics on the disk; gives their length in bytes. Raises OSError."""
        os.fsync(self.metrics.fileno())
        return self.metrics.seek(0, os.SEEK_END)

    def cut(self, length: int) -> bool:
        """Keep so many bytes of the metrics; whether there were as many. Raises ProgramError (SCG521)."""
        try:
            content = (self.path / METRICS).read_bytes()
            kept = content[: length if length <= len(content) else content.rfind(b"\n") + 1]
            self.metrics.truncate(len(kept))
            self.board.begin_with(json.loads(line) for line in kept.splitlines())
        except OSError as error:
            raise not_kept(self.path, error) from None
        return length <= len(content)

    def trained(self, state: State, values: dict[str, float], schedules: dict[str, float]) -> None:
        self.record("train", state, values=values, schedules=schedules)

    def evaluated(self, state: State, values: dict[str, float], best: bool) -> None:
        self.record("evaluation", state, values=values, best=best)

    def observed(self, state: State, nodes: dict[str, Any], words: list[str]) -> None:
        self.record("nodes", state, nodes=nodes)

    def close(self) -> None:
        with suppress(OSError):
            self.board.close()
        self.metrics.close()
        self.lock.release()


def finite(value: Any) -> Any:
    """JSON has no infinity: such numbers become null."""
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def fresh(name: str) -> Path:
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
            raise no_run(folder, f"there is no {name}")
    try:
        settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        checkpoint = selected(folder)
        if checkpoint is None:
            raise no_run(folder, "nothing was saved before it ended")
        text = (folder / "module.py").read_text(encoding="utf-8")
        model = make_model(text, settings["program"], settings["dims"])
        load_state(model, checkpoint)
    except (OSError, ValueError, KeyError, RuntimeError, Damaged) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise no_run(folder, reason) from None
    return model.eval()


def selected(folder: Path) -> Path | None:
    """The checkpoint that is the result; of a run that is not finished the best so far, or the latest."""
    result = folder / "result.json"
    if result.is_file():
        return folder / f"{json.loads(result.read_text(encoding='utf-8'))['checkpoint']}.safetensors"
    return next((folder / name for name in (BEST, LAST, PREVIOUS) if (folder / name).is_file()), None)


def no_run(folder: Path, problem: str) -> ProgramError:
    return ProgramError((NotARun(span=None, path=str(folder), problem=problem),))


def make_model(text: str, name: str, dims: dict[str, int]) -> Model:
    """An instance of the program in a generated module; of `dims` it takes those that it asks for."""
    class_ = model_class(load_source(text, name))
    asked = signature(class_).parameters
    return class_(**{n: size for n, size in dims.items() if n in asked})
