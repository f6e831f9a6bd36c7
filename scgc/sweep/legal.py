"""Second stage of a sweep: every cell's program is checked before anything runs. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.ir.graph import Program
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.sweep.grid import Cell
from scgc.train.plan import train_block

Told = list[tuple[str, list[Diagnostic]]]
"""Where something was found (`in the cell gamma=10 and 2 others`), and what."""


@dataclass(frozen=True)
class Swept:
    """What all cells share: the program, and what `--set` replaces in every one of them."""

    source: Source
    overrides: Mapping[str, str]
    allow_extern: bool = False

    def whole(self, variant: str | None) -> Compilation:
        """The program before an axis replaces anything; it holds the `sweep` block."""
        return Compilation(self.source, variant, self.overrides, self.allow_extern)

    def compilation(self, cell: Cell) -> Compilation:
        """The program of a cell; an axis replaces what `--set` says of the same name."""
        given = {**self.overrides, **dict(cell.settings)}
        return Compilation(self.source, cell.variant, given, self.allow_extern)


def check(swept: Swept, cells: Iterable[Cell]) -> tuple[dict[Cell, Program], Told]:
    """The program of every cell that has no errors, and everything found, each told once with the first cell
    that has it."""
    programs: dict[Cell, Program] = {}
    checked: dict[object, tuple[Program | None, tuple[Diagnostic, ...]]] = {}
    where: dict[Diagnostic, list[Cell]] = {}
    for cell in cells:
        if cell.setting not in checked:
            checked[cell.setting] = _checked(swept.compilation(cell))
        program, diagnostics = checked[cell.setting]
        if program is not None:
            programs[cell] = program
        for diagnostic in diagnostics:
            where.setdefault(diagnostic, []).append(cell)
    told: dict[str, list[Diagnostic]] = {}
    for diagnostic, found in where.items():
        told.setdefault(_place(found), []).append(diagnostic)
    return programs, list(told.items())


def _checked(compilation: Compilation) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    found = compilation.diagnostics
    if any(d.severity == "error" for d in found):
        return None, found
    try:
        train_block(compilation.program)
    except ProgramError as error:
        return None, (*found, *error.diagnostics)
    return compilation.program, found


def _place(cells: list[Cell]) -> str:
    others = len(cells) - 1
    rest = f" and {others} other{'' if others == 1 else 's'}" if others else ""
    return f"in the cell {cells[0].name}{rest}"
