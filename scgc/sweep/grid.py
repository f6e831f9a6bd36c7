"""First stage of a sweep: its cells, one run each, with their names and folders. No torch."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from scgc.analysis.resolve import variants
from scgc.analysis.sweeps import SEED, VARIANT, Axis, read_axis, sweep_axes, variant_of
from scgc.diagnostics.base import ProgramError, Sink
from scgc.diagnostics.data import NothingToRun
from scgc.syntax import ast

LONGEST = 40
"""Characters of a value in a folder's name; longer ones are cut and told apart by a digest."""


@dataclass(frozen=True)
class Cell:
    """One run of a sweep. settings: the values of all axes but `seed` and `variant`, as `--set` takes them.
    given: what a folder is named after, every axis with its value."""

    variant: str | None
    settings: tuple[tuple[str, str], ...]
    seed: int
    given: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """Readable, the same in every call, and a folder's name everywhere: `gamma=10,seed=3`."""
        return ",".join(f"{key}={_plain(value)}" for key, value in self.given)

    @property
    def setting(self) -> tuple[str | None, tuple[tuple[str, str], ...]]:
        """What cells that differ in the seed alone have in common."""
        return self.variant, self.settings


def make_cells(
    tree: ast.Program, grid: Sequence[ast.Setting], variant: str | None = None
) -> tuple[Cell, ...]:
    """The cells of a resolved program's `sweep` block and the command line's `grid`, whose axes replace those
    of the same key; the seeds of a setting stand together. variant: of all cells where no axis says it.

    Raises ProgramError (SCG110, SCG112, SCG114, SCG117; SCG510 where there are no axes).
    """
    sink = Sink()
    axes = {axis.key: axis for axis in sweep_axes(tree, sink)}
    for setting in grid:
        if (axis := read_axis(setting, tree, sink)) is not None:
            axes[axis.key] = axis
    if sink.errors:
        raise ProgramError(sink.errors)
    if not axes:
        advice = "add one, such as `sweep { seed = range(5) }`, or give axes with --grid."
        fault = NothingToRun(span=None, action="swept", missing="sweep block", advice=advice)
        raise ProgramError((fault,))
    ordered = [a for key, a in axes.items() if key != SEED] + [a for key, a in axes.items() if key == SEED]
    declared = [v.name for v in variants(tree)]
    return tuple(_cell(values, variant, declared) for values in _products(ordered))


def _products(axes: Iterable[Axis]) -> Iterable[tuple[tuple[str, str], ...]]:
    return product(*([(axis.key, value) for value in axis.values] for axis in axes))


def _cell(given: tuple[tuple[str, str], ...], variant: str | None, declared: Sequence[str]) -> Cell:
    found: Mapping[str, str] = dict(given)
    if VARIANT in found:
        variant = variant_of(found[VARIANT], declared)
    settings = tuple((k, v) for k, v in given if k not in (SEED, VARIANT))
    return Cell(variant, settings, int(found.get(SEED, "0")), given)


def _plain(value: str) -> str:
    """A value in a folder's name: what is not a letter, digit or one of `._+-` becomes `-`."""
    compact = value.replace(" ", "")
    shown = re.sub(r"[^\w.+-]+", "-", compact, flags=re.ASCII).strip("-")[:LONGEST]
    if shown == compact:
        return shown
    return f"{shown}-{hashlib.sha256(compact.encode()).hexdigest()[:6]}"
