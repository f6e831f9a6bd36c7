"""What a data set is asked for: its options as plain Python values, and where to look for files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, NoReturn

from scgc.declared import SIZE, Range
from scgc.source import Span

PARTS = ("train", "validation", "test")
"""The splits that a data set may have."""


@dataclass(frozen=True)
class Request:
    """One use of a data set.

    name: the data set's, for diagnostics.
    options: every option with its value; None where it was not given and has no default.
    folder: where official files lie (`--data`, else `$SCGC_DATA`), if anywhere.
    base: the folder of the program's file; paths that the program gives are relative to it.
    allow_extern: whether Python of the user's may run.
    span: where the program asks for it.
    parts: the splits that are wanted; others may be left out.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    base: Path = Path(".")
    allow_extern: bool = False
    span: Span | None = None
    parts: tuple[str, ...] = PARTS

    def count(self, option: str, within: Range = SIZE) -> int:
        """A whole number in a range, 1 or more if none is given. Raises ProgramError (SCG215)."""
        return self._count(option, self.options[option], within)

    def counts(self, option: str, within: Range = SIZE) -> list[int]:
        """A list of them, not empty. Raises ProgramError (SCG215)."""
        value = self.options[option]
        if not isinstance(value, list) or not value:
            self.refuse(option, value, "a list of whole numbers")
        return [self._count(option, item, within) for item in value]

    def _count(self, option: str, value: object, within: Range) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not within.holds(value):
            self.refuse(option, value, f"a whole number {'of ' if within.most == inf else ''}{within}")
        return value

    def number(self, option: str, within: Range | None = None) -> float:
        """A number, in a range if one is given. Raises ProgramError (SCG215)."""
        value = self.options[option]
        fits = not isinstance(value, bool) and isinstance(value, int | float)
        if not fits or (within is not None and not within.holds(value)):
            self.refuse(option, value, "a number" if within is None else f"a number {within}")
        return float(value)

    def text(self, option: str, default: str | None = None) -> str:
        """A string. Raises ProgramError (SCG215)."""
        value = self.options.get(option)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            self.refuse(option, value, "a text in quotes")
        return value

    def refuse(self, option: str, value: object, wanted: str) -> NoReturn:
        """Raises ProgramError (SCG215): the option is not what is `wanted`."""
        from scgc.diagnostics.arguments import BadOption
        from scgc.diagnostics.base import ProgramError

        fault = BadOption(
            span=self.span, function=self.name, option=option, found=str(value), expected=wanted, advice=""
        )
        raise ProgramError((fault,))
