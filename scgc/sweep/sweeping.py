"""A sweep from its cells to its table: what is done is left alone, what was broken off goes on, what failed
is kept, and the rest is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import UnknownFormat
from scgc.ir.graph import Program
from scgc.sweep.grid import Cell
from scgc.sweep.legal import Swept
from scgc.sweep.standing import ERROR, standing, verify_same
from scgc.sweep.table import TABLE, Row, rows, write_table
from scgc.sweep.work import Task
from scgc.train.lock import hold
from scgc.train.plan import Wishes
from scgc.train.stopping import Interrupted, Stop

Run = Callable[[Sequence[Task], Stop], Iterator[Task]]
"""Does tasks; gives each when it has ended. Raises Interrupted after having ended all."""


@dataclass(frozen=True)
class Sweep:
    """The cells of a program, and the folder with a run directory for each.

    wishes: of all cells; seed and directory are each cell's own. retry: failed cells are run again.
    """

    swept: Swept
    programs: dict[Cell, Program]
    folder: Path
    wishes: Wishes
    retry: bool = False

    @property
    def cells(self) -> list[Cell]:
        return list(self.programs)

    def run(self, do: Run, tell: Callable[[Cell, Row, int], None]) -> tuple[list[Row], Interrupted | None]:
        """Run what is left to do and write the table; the rows, and what broke it off.

        tell: is told of each cell that ends, with its row and how many are left.
        Raises ProgramError (SCG514, SCG522, SCG526), and before anything runs.
        """
        with_lock = self.begin()
        ended: Interrupted | None = None
        try:
            with Stop() as stop, stop.held():
                left = self.left()
                try:
                    for i, task in enumerate(do(left, stop)):
                        tell(task.cell, rows([task.cell], self.folder)[0], len(left) - i - 1)
                except Interrupted as broken:
                    ended = broken
            found = rows(self.cells, self.folder)
            write_table(found, self.folder / TABLE)
        finally:
            with_lock.release()
        return found, ended

    def begin(self) -> FileLock:
        """The sweep's folder, held against other sweeps, with nothing in it that the sweep is not."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = hold(self.folder)
        except OSError as error:
            problem, known = error.strerror or str(error), "choose another folder with --out."
            fault = UnknownFormat(span=None, path=str(self.folder), problem=problem, known=known)
            raise ProgramError((fault,)) from None
        try:
            for cell, program in self.programs.items():
                wishes = self.task(cell).wishes
                verify_same(self.folder / cell.name, cell, program, wishes)
        except ProgramError:
            lock.release()
            raise
        return lock

    def left(self) -> list[Task]:
        """The cells that are to be run now."""
        found = []
        for cell in self.cells:
            status = standing(self.folder / cell.name).status
            if status == "failed" and self.retry:
                (self.folder / cell.name / ERROR).unlink(missing_ok=True)
            if status in ("new", "broken off") or (status == "failed" and self.retry):
                found.append(self.task(cell))
        return found

    def task(self, cell: Cell) -> Task:
        folder = self.folder / cell.name
        return Task(self.swept, cell, folder, replace(self.wishes, seed=cell.seed, out=folder))
