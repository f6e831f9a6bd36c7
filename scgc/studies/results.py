"""The tables of sweeps as a study reads them: finished runs, and columns by the names of measures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from scgc.analysis.sweeps import VARIANT
from scgc.diagnostics.base import Diagnostic, ProgramError, nearest
from scgc.diagnostics.studies import BadTable, UnknownColumn
from scgc.sweep.table import OWN, TABLE, Row

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Results:
    """The finished runs of one sweep. label: what a study calls it."""

    label: str
    path: Path
    rows: tuple[Row, ...]

    @property
    def values(self) -> list[str]:
        """The columns of results, by their short names where these are clear."""
        columns = self._results()
        names = [short(c) for c in columns]
        return [n if names.count(n) == 1 else c for n, c in zip(names, columns, strict=True)]

    def column(self, name: str) -> Reals:
        """A value of every run, by its column (`disentangled.mig(v)`) or by a short name (`mig`).

        Not a number where a run has none. Raises ProgramError (SCG544).
        """
        columns = self._results()
        found = [c for c in columns if c == name] or [c for c in columns if short(c) == name]
        if len(found) != 1:
            known = self.values
            reason = f"it is one of {', '.join(found)}" if found else f"there are {', '.join(known)}"
            _fail(UnknownColumn(span=None, path=str(self.path), column=name, reason=reason,
                                nearest="" if found else nearest(name, known)))  # fmt: skip
        return np.array([_number(row[found[0]]) for row in self.rows])

    def split(self, setting: str | None) -> list[tuple[str, Results]]:
        """The runs by the values of a setting, `gamma`; without one all together.

        Raises ProgramError (SCG544).
        """
        if setting is None:
            return [("", self)]
        known = [c for c in self.rows[0] if c not in (*OWN, *self._results())]
        if setting not in (VARIANT, *known):
            reason = f"settings are {', '.join((VARIANT, *known))}"
            _fail(UnknownColumn(span=None, path=str(self.path), column=setting, reason=reason))
        values = list(dict.fromkeys(row[setting] for row in self.rows))
        return [(f"{setting} = {v}", self._where(setting, v)) for v in values]

    def variants(self) -> list[Results]:
        """The runs of each variant of the program apart, and called after it."""
        found = list(dict.fromkeys(row[VARIANT] for row in self.rows))
        if len(found) == 1:
            return [self]
        return [
            replace(self._where(VARIANT, v), label=f"{self.label} {v}" if v else self.label) for v in found
        ]

    def _where(self, setting: str, value: object) -> Results:
        return replace(self, rows=tuple(row for row in self.rows if row[setting] == value))

    def _results(self) -> list[str]:
        """They stand between the seconds of a run and its path."""
        columns = list(self.rows[0])
        return [c for c in columns[columns.index("seconds") + 1 :] if c not in OWN]


def read(text: str) -> Results:
    """The table that `LABEL=PATH` or `PATH` names: a Parquet file, or the folder of a sweep.

    Raises ProgramError (SCG543).
    """
    named = "=" in text and not Path(text).exists()  # settings stand in the names of folders: gamma=10
    label, _, place = text.partition("=") if named else ("", "", text)
    path = Path(place)
    label = label or re.sub(r"^sweep-", "", (path if path.is_dir() else path.parent).resolve().name)
    path = path / TABLE if path.is_dir() else path
    rows = [row for row in _rows(path) if row.get("status") == "finished" and "seconds" in row]
    if not rows:
        _fail(BadTable(span=None, path=str(path), problem="no run in it is finished"))
    return Results(label, path, tuple(rows))


def read_all(texts: Sequence[str]) -> list[Results]:
    return [read(text) for text in texts]


def short(column: str) -> str:
    """`mig` of `disentangled.mig(v)`, `dci.completeness` of `disentangled.dci(v).completeness`, `elbo` of
    `test.elbo`."""
    return re.sub(r"\(.*\)", "", column.partition(".")[2])


def _rows(path: Path) -> list[Row]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        rows: list[Row] = parquet.read_table(path).to_pylist()
    except (OSError, pa.ArrowInvalid) as error:
        problem = "it is not there" if not path.exists() else str(error).splitlines()[0]
        _fail(BadTable(span=None, path=str(path), problem=problem))
    return rows


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else nan


def _fail(fault: Diagnostic) -> NoReturn:
    raise ProgramError((fault,))
