"""A run's records for TensorBoard, in the folder `tensorboard` of its directory: `tensorboard --logdir runs`.

Made of the lines of metrics.jsonl; for a run that goes on, of its earlier ones anew. Nothing is written where
tensorboardX is not installed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FOLDER = "tensorboard"
HEADINGS = ("train", "evaluation", "test")
"""Kinds of records that are shown, under their names."""
SHOWN = 10.0
"""Seconds after which records can be seen: having them on the disk takes time."""


class Board:
    """Curves `train/loss`, `evaluation/accuracy`, `schedules/beta` over the steps of the run in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self._file: Any = None
        self._missing = False
        self._shown = 0.0

    def add(self, line: Mapping[str, Any]) -> None:
        """Show a record. Raises OSError."""
        heading, now = line["event"], time.time()
        if heading not in HEADINGS or not self._open(now):
            return
        curves = {f"{heading}/{name}": value for name, value in line["values"].items()}
        curves |= {f"schedules/{name}": value for name, value in line.get("schedules", {}).items()}
        from tensorboardX.summary import scalar

        for name, value in curves.items():
            if value is not None:
                self._write(wall_time=now, step=line["step"], summary=scalar(name, value))
        if now - self._shown > SHOWN:
            self._file.flush()
            self._shown = now

    def begin_with(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Show these records in place of all that there are. Raises OSError."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        for line in lines:
            self.add(line)

    def close(self) -> None:
        """Raises OSError."""
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _open(self, now: float) -> bool:
        """Whether there is something to write with; it is imported when there is something to write."""
        if self._file is None and not self._missing:
            try:
                from tensorboardX.record_writer import RecordWriter
            except ImportError:
                self._missing = True
                return False
            self.folder.mkdir(exist_ok=True)
            self._file = RecordWriter(str(self.folder / f"events.out.tfevents.{int(now)}.scgc"))
            self._write(wall_time=now, file_version="brain.Event:2")
        return not self._missing

    def _write(self, **event: Any) -> None:
        from tensorboardX.proto.event_pb2 import Event

        self._file.write(Event(**event).SerializeToString())
